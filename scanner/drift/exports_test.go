package drift_test

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

func want(t *testing.T, changes []scanner.Change, lines ...string) {
	t.Helper()
	if lines == nil {
		lines = []string{}
	}
	if diff := cmp.Diff(lines, texts(changes)); diff != "" {
		t.Error(diff)
	}
}

func TestNothingChanged(t *testing.T) {
	before := export("a", evidenceOf(document.KindBucketPolicy, bucketARN, "", `{"Statement":[]}`))
	after := before
	after.Configuration.ConnectionStatus = "role cannot be assumed"
	after.Configuration.UpdatedBy = "somebody"
	after.Configuration.UpdatedAt = at
	want(t, between(t, snapshotOf(before), snapshotOf(after)))
}

func TestExportsThatComeGoAndChange(t *testing.T) {
	changed := export("b")
	changed.Configuration.Enabled = false
	changed.Configuration.Interval = "EVERY_24_HOURS"
	changed.Configuration.Endpoint.Path = ""
	changes := between(t, snapshotOf(export("a"), export("b")), snapshotOf(changed, export("c")))
	want(t, changes,
		"a removed configuration: export a to s3://audit/logs/a was removed: its audit events no longer arrive there",
		"b changed configuration/enabled: export b was disabled: nothing arrives any more",
		"b changed configuration/endpoint/path: the path of export b, which was logs/b, is now empty",
		"b changed configuration/interval: the interval of export b changed from EVERY_12_HOURS to EVERY_24_HOURS",
		"c added configuration: export c to s3://audit/logs/c was added",
	)
	if changes[0].Resource != "https://acme.example#a" || changes[0].Tenant != "acme" {
		t.Errorf("change is about %s of %s", changes[0].Resource, changes[0].Tenant)
	}
}

func trust(id string) scanner.Evidence {
	return evidenceOf(document.KindTrustPolicy, roleARN, "", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"`+id+`"}}}}`)
}

func TestRecreatedExportIsPairedWithTheOneItReplaces(t *testing.T) {
	old, renewed := export("old", trust("old")), export("old", trust("old"))
	renewed.Configuration.ID = "new"
	changes := between(t, snapshotOf(old), snapshotOf(renewed))
	want(t, changes, "new recreated configuration/id: export old to s3://audit/logs/o was re-created as new: "+
		"the trust policy of "+roleARN+" still demands the old id as sts:ExternalId, so that Immuta cannot assume the role")
	if changes[0].Before != "old" || changes[0].After != "new" {
		t.Errorf("before %q, after %q", changes[0].Before, changes[0].After)
	}

	renewed.Evidence = []scanner.Evidence{trust("new")}
	renewed.Configuration.Interval = "EVERY_24_HOURS"
	changes = between(t, snapshotOf(old), snapshotOf(renewed))
	if len(changes) != 3 || !strings.HasSuffix(changes[0].Message, "the trust policy names the new id") {
		t.Errorf("changes are %q, want the new id, the interval and the trust policy", texts(changes))
	}
}

func TestOnlyAnExportThatIsGoneIsReplaced(t *testing.T) {
	second := export("a")
	second.Configuration.ID = "b" // the same destination, and a is still there
	want(t, between(t, snapshotOf(export("a")), snapshotOf(export("a"), second)),
		"b added configuration: export b to s3://audit/logs/a was added")

	third := second
	third.Configuration.ID = "c"
	want(t, between(t, snapshotOf(export("a")), snapshotOf(second, third)),
		"b recreated configuration/id: export a to s3://audit/logs/a was re-created as b: a trust policy that demands the old id as sts:ExternalId lets Immuta in no longer",
		"c added configuration: export c to s3://audit/logs/a was added")
}

func TestListThatCouldNotBeReadProvesNothing(t *testing.T) {
	incomplete := func(r *run) *run {
		r.tenants[0].Complete = false
		return r
	}
	want(t, between(t, snapshotOf(export("a")), incomplete(snapshotOf())),
		"a incomparable configuration: export a to s3://audit/logs/a was not found, and the list of exports could not be read to its end: it may be gone or not")
	want(t, between(t, incomplete(snapshotOf()), snapshotOf(export("a"))),
		"a incomparable configuration: export a to s3://audit/logs/a is not in the baseline, whose list of exports was incomplete: it may be new or not")
	want(t, between(t, snapshotOf(export("a")), &run{}), " incomparable tenant: tenant acme is in the baseline and was not looked at now")
}

func TestFieldsThatWereNotRead(t *testing.T) {
	blind := export("a")
	blind.Configuration.Missing = []string{"enabled", "endpoint"}
	blind.Configuration.Enabled = false
	blind.Configuration.Endpoint = scanner.Endpoint{}
	want(t, between(t, snapshotOf(export("a")), snapshotOf(blind)),
		"a incomparable configuration/enabled: the setting enabled of export a could not be read now",
		"a incomparable configuration/endpoint: the setting endpoint of export a could not be read now")
	placeless, placed := export("a"), export("a")
	placeless.Configuration.Missing = []string{"region"}
	placed.Configuration.Endpoint.Region = "eu-west-1"
	want(t, between(t, snapshotOf(placed), snapshotOf(placeless)),
		"a incomparable configuration/region: the setting region of export a could not be read now")
	want(t, between(t, snapshotOf(placeless), snapshotOf(placed)),
		"a incomparable configuration/region: the setting region of export a could not be read for the baseline")
	nameless := export("a")
	nameless.Configuration.Endpoint.RoleARN = ""
	want(t, between(t, snapshotOf(export("a")), snapshotOf(nameless)),
		"a incomparable configuration/endpoint/roleArn: export a used the role "+roleARN+", and which role it uses now is not known")
}

func gap(kind document.Kind, resource string) scanner.Gap {
	return scanner.Gap{Kind: kind, Call: "call", Resource: resource, Reason: scanner.ReasonDenied, Permission: "s3:GetBucketPolicy"}
}

func TestWhatCannotBeReadIsIncomparable(t *testing.T) {
	policy := export("a", evidenceOf(document.KindBucketPolicy, bucketARN, "", `{"Statement":[]}`))
	none := export("a", absent(document.KindBucketPolicy, bucketARN))
	blind := export("a")
	blind.Gaps = []scanner.Gap{gap(document.KindBucketPolicy, bucketARN)}
	skipped := export("a")
	tests := []struct {
		before, after scanner.Record
		want          string
	}{
		{policy, blind, "could be read for the baseline and cannot be read now: the reader lacks s3:GetBucketPolicy"},
		{none, blind, "could be read for the baseline and cannot be read now: the reader lacks s3:GetBucketPolicy"},
		{blind, policy, "could not be read for the baseline, so that nothing can be said about changes: the reader lacks s3:GetBucketPolicy"},
		{blind, blind, "could be read neither for the baseline nor now: the reader lacks s3:GetBucketPolicy"},
		{policy, skipped, "was looked at for the baseline and was not now"},
		{skipped, policy, "was not looked at for the baseline"},
	}
	for _, tt := range tests {
		want(t, between(t, snapshotOf(tt.before), snapshotOf(tt.after)),
			"a incomparable bucket_policy: the bucket policy of "+bucketARN+" "+tt.want)
	}
}

func TestDocumentsOfAnotherSubjectAreNotCompared(t *testing.T) {
	before := export("a", evidenceOf(document.KindVersioning, bucketARN, "", `{"Status":"Enabled"}`), trust("a"))
	after := export("a", evidenceOf(document.KindVersioning, "arn:aws:s3:::other", "", `{}`))
	after.Configuration.Endpoint.Bucket = "other"
	after.Configuration.Endpoint.RoleARN = "arn:aws:iam::111122223333:role/other"
	want(t, between(t, snapshotOf(before), snapshotOf(after)),
		"a changed configuration/endpoint/bucket: the bucket of export a changed from audit to other",
		"a changed configuration/endpoint/roleArn: the role of export a changed from "+roleARN+" to arn:aws:iam::111122223333:role/other")
}

func TestBucketThatIsGoneIsOneChange(t *testing.T) {
	before := []scanner.Evidence{evidenceOf(document.KindBucket, bucketARN, "", `{"Exists":true}`), evidenceOf(document.KindVersioning, bucketARN, "", `{"Status":"Enabled"}`)}
	after := []scanner.Evidence{evidenceOf(document.KindBucket, bucketARN, "", `{"Exists":false}`)}
	change := one(t, before, after)
	if change.Effect != scanner.EffectRemoved || change.Kind != document.KindBucket {
		t.Errorf("change is %+v", change)
	}
}

func TestSnapshotsOnDisk(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, records ...scanner.Record) *snapshot.Reader {
		path := filepath.Join(dir, name)
		w, err := snapshot.Create(path, scanner.Header{CollectedAt: at}, snapshotOf(records...).tenants)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			if err := w.Record(record); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(false); err != nil {
			t.Fatal(err)
		}
		r, err := snapshot.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := write("a.zst", export("a", bucketPolicy(upload)...), export("b", bucketPolicy(upload)...))
	after := write("b.zst", export("a", bucketPolicy(upload, read)...), export("b", bucketPolicy(upload)...))
	x, err := drift.NewIndex(before, after.Tenants(), drift.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The index does without the baseline's file.
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	var effects []scanner.Effect
	for {
		record, err := after.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		changes, err := x.Compare(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes {
			effects = append(effects, change.Effect)
		}
	}
	if diff := cmp.Diff([]scanner.Effect{scanner.EffectWidened}, effects); diff != "" {
		t.Error(diff)
	}
	if rest, err := x.Finish(); err != nil || len(rest) > 0 {
		t.Errorf("left over: %q, %v", texts(rest), err)
	}
	if err := after.Close(); err != nil {
		t.Error(err)
	}
}

func TestAlteredBaselineIsRefused(t *testing.T) {
	baseline := &broken{run: snapshotOf(export("a"))}
	if _, err := drift.Between(baseline, snapshotOf(export("a")), drift.Options{}); !errors.Is(err, errAltered) {
		t.Errorf("error is %v", err)
	}
	if _, err := drift.Between(snapshotOf(export("a")), baseline, drift.Options{}); !errors.Is(err, errAltered) {
		t.Errorf("error is %v", err)
	}
}

var errAltered = errors.New("altered")

// broken is a snapshot that fails after its last record.
type broken struct{ *run }

func (b *broken) Next() (*scanner.Record, error) {
	record, err := b.run.Next()
	if errors.Is(err, io.EOF) {
		err = errAltered
	}
	return record, err
}
