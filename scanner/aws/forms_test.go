package aws

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestWritersNobodyNames(t *testing.T) {
	unknown := roleExport("3", "acme-audit", "")
	unknown.Configuration.Endpoint.Authentication = scanner.AuthenticationUnknown
	out := collect(t, newFake(t, acme()).options(),
		roleExport("1", "acme-audit", ""), userExport("2", "acme-audit", ""), unknown,
		roleExport("4", "acme-audit", "exporter"), userExport("5", "acme-audit", roleARN))
	for i, want := range []struct {
		kind   document.Kind
		detail string
	}{
		{document.KindRole, "exports.<id>.roleArn"},
		{document.KindUser, "exports.<id>.userArn"},
		{document.KindRole, "roleArn or userArn"},
		{document.KindRole, "not the ARN of a role"},
		{document.KindUser, "not the ARN of a user"},
	} {
		if g := gapOf(t, &out[i], want.kind); g.Reason != scanner.ReasonSubjectMissing || !strings.Contains(g.Detail, want.detail) {
			t.Errorf("record %d: gap %+v", i+1, g)
		}
	}
}

func TestHintsNameTheWriter(t *testing.T) {
	o := newFake(t, acme()).options()
	o.Hints = map[string]scanner.ExportHint{"1": {RoleARN: roleARN}, "2": {UserARN: userARN}}
	second := roleExport("2", "acme-audit", "")
	second.Configuration.Endpoint.Authentication = scanner.AuthenticationUnknown
	out := collect(t, o, roleExport("1", "acme-audit", ""), second)
	text(t, &out[0], document.KindRole, "")
	text(t, &out[1], document.KindUser, "")
	if len(out[0].Gaps)+len(out[1].Gaps) != 0 {
		t.Errorf("gaps %+v %+v", out[0].Gaps, out[1].Gaps)
	}
}

func TestKeyForms(t *testing.T) {
	id := strings.TrimPrefix(parseARN(theKey).Resource, "key/")
	alias := "arn:aws:kms:eu-west-1:" + home + ":alias/audit"
	for name, c := range map[string]struct {
		configured string
		found      string // the key's ARN; empty: KMS is not asked
		reason     scanner.GapReason
	}{
		"ARN":               {configured: theKey, found: theKey},
		"bare id":           {configured: id, found: theKey},
		"alias":             {configured: "alias/audit", found: theKey},
		"alias ARN":         {configured: alias, found: theKey},
		"none":              {configured: ""},
		"AWS managed":       {configured: "alias/aws/s3"},
		"AWS managed's ARN": {configured: "arn:aws:kms:eu-west-1:" + home + ":alias/aws/s3"},
		"not a key":         {configured: bucketARN, reason: scanner.ReasonUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			w := acme()
			w.aliases[alias] = theKey
			w.buckets["acme-audit"].documents["GetBucketEncryption"] = encryptionXML(c.configured)
			f := newFake(t, w)
			r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
			if c.found != "" {
				for _, kind := range []document.Kind{document.KindKey, document.KindKeyPolicy} {
					if _, ok := r.Find(kind, c.found, ""); !ok {
						t.Errorf("no %s; gaps %+v", kind, r.Gaps)
					}
				}
				return
			}
			if n := f.counted(callDescribeKey) + f.counted(callKeyPolicy); n != 0 {
				t.Errorf("KMS was asked %d times", n)
			}
			if c.reason == "" && len(r.Gaps) != 0 {
				t.Errorf("gaps %+v", r.Gaps)
			}
			if c.reason != "" && gapOf(t, &r, document.KindKey).Reason != c.reason {
				t.Errorf("gaps %+v", r.Gaps)
			}
		})
	}
}

func TestAKeyWithoutAnAccount(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].documents["GetBucketEncryption"] = encryptionXML("alias/audit")
	w.buckets["acme-audit"].owner, w.buckets["acme-audit"].readers = third, []string{home}
	r := collect(t, newFake(t, w).options(), roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindKey); g.Reason != scanner.ReasonSubjectMissing {
		t.Errorf("gap %+v", g)
	}
}

func TestFormsOfBucket(t *testing.T) {
	for _, form := range []string{
		"", "logs-abc-s3alias", "arn:aws:s3:eu-west-1:111111111111:accesspoint/logs", "mfzwi23gnjvgw.mrap",
		"logs--use1-az4--x-s3", "s3://logs", "a/b", "ab", "bucket name",
	} {
		f := newFake(t, acme())
		r := collect(t, f.options(), roleExport("1", form, roleARN))[0]
		for _, kind := range bucketKinds() {
			want := scanner.ReasonUnsupported
			if form == "" {
				want = scanner.ReasonSubjectMissing
			}
			if g := gapOf(t, &r, kind); g.Reason != want {
				t.Errorf("%q: gap %+v", form, g)
			}
		}
		for call := range f.calls {
			if strings.HasPrefix(call, "s3") {
				t.Errorf("%q: %s was sent", form, call)
			}
		}
		if !slices.Contains(kinds(&r), document.KindTrustPolicy) {
			t.Errorf("%q: the role was not read", form)
		}
	}
	if !plainBucket("My_Old.Bucket") {
		t.Error("old names of us-east-1 are names")
	}
}

func TestRegionsAreFollowed(t *testing.T) {
	for name, configured := range map[string]string{"right": "eu-west-1", "wrong": "ap-south-1", "none": "", "nonsense": "example.com/#"} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, acme())
			record := roleExport("1", "acme-audit", roleARN)
			record.Configuration.Endpoint.Region = configured
			r := collect(t, f.options(), record)[0]
			if len(r.Gaps) != 0 {
				t.Errorf("gaps %+v", r.Gaps)
			}
			want := 2 // the redirection is followed once, and remembered
			if configured == "eu-west-1" {
				want = 1
			}
			if n := f.counted(callHeadBucket); n != want {
				t.Errorf("HeadBucket was sent %d times, want %d", n, want)
			}
			if n := f.counted(callBucketPolicy); n != 1 {
				t.Errorf("GetBucketPolicy was sent %d times", n)
			}
		})
	}
}

func TestRegionsInCircles(t *testing.T) {
	w := acme()
	w.buckets["acme-audit"].wanders = true
	f := newFake(t, w)
	r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindBucketPolicy); g.Reason != scanner.ReasonUndetermined || !strings.Contains(g.Detail, "circles") {
		t.Errorf("gap %+v", g)
	}
	for _, call := range []string{callHeadBucket, callBucketPolicy} {
		if n := f.counted(call); n > maxHops {
			t.Errorf("%s was sent %d times", call, n)
		}
	}
}
