package fix_test

import (
	"encoding/json"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
)

const elsewhere = "arn:aws:kms:eu-west-1:333333333333:key/k"

// twoOf are the proposals of two documents for a rule, all of them behind those of one.
func twoOf(t *testing.T, rule string, r *scanner.Record, pointers ...string) []fix.Proposal {
	t.Helper()
	var two []fix.Proposal
	for _, p := range proposals(rule, r, scanner.Expect{}, pointers...) {
		switch {
		case len(p.Changes) == 2:
			two = append(two, p)
		case len(two) > 0:
			t.Errorf("one document comes behind two: %+v", p)
		}
	}
	return two
}

// Both accounts have to allow: the writer's first, and what changes least before the rest.
func TestTwoDocumentsTogether(t *testing.T) {
	const grant = `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}`
	long := strings.Repeat("x", 100)
	upload := with([4]string{"bucket_policy", bucket, "", policy(other)},
		[4]string{"identity_policies", role, "", "{}"}, [4]string{"identity_policy", role, "inline/" + long, filled(9900, grant)},
		[4]string{"identity_policy", role, "inline/b", policy(grant)})
	use := with([4]string{"key", elsewhere, "", `{"KeyMetadata":{"KeyState":"Enabled"}}`}, [4]string{"key_policy", elsewhere, "", policy(allow)})
	for rule, test := range map[string]struct {
		r     *scanner.Record
		other document.Kind
		pairs int
	}{
		"put_object_granted":  {upload, document.KindBucketPolicy, 1},
		"key_usable":          {use, document.KindKeyPolicy, 9}, // of three uses each
		"key_decrypt_granted": {use, document.KindKeyPolicy, 9},
	} {
		two := twoOf(t, rule, test.r)
		if len(two) != test.pairs {
			t.Fatalf("%s: %d proposals of two documents, want %d", rule, len(two), test.pairs)
		}
		first := two[0].Changes
		if first[0].Kind != document.KindIdentityPolicy || first[1].Kind != test.other {
			t.Errorf("%s: the documents are %s and %s", rule, first[0].Kind, first[1].Kind)
		}
		if n := strings.Count(two[0].Summary(), " of arn:"); n != 2 || strings.Contains(two[0].Summary(), "\n") {
			t.Errorf("%s: the summary tells %d documents: %s", rule, n, two[0].Summary())
		}
		size := func(p fix.Proposal) int { return len(p.Changes[0].Document) + len(p.Changes[1].Document) }
		for i := range two[1:] {
			if size(two[i]) > size(two[i+1]) {
				t.Errorf("%s: %s comes before what is smaller", rule, two[i].Summary())
			}
		}
		for i, change := range first {
			if before, after := change.Masked(); !strings.Contains(short(after), `"Effect":"Deny"`) || before == change.Before {
				t.Errorf("%s: what document %d means to allow is not masked", rule, i+1)
			}
		}
	}
}

// Each document has to be stored, and to leave somebody who may change it.
func TestEachOfTwoDocumentsFits(t *testing.T) {
	full := with([4]string{"bucket_policy", bucket, "", filled(20400, other)})
	if two := twoOf(t, "put_object_granted", full); len(two) != 0 {
		t.Errorf("proposals are %+v", two)
	}
	shut := `{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::trail"}`
	two := twoOf(t, "put_object_granted", with([4]string{"bucket_policy", bucket, "", policy(shut)}))
	if len(two) != 1 || len(two[0].Changes[0].Warnings) != 0 || !strings.Contains(strings.Join(two[0].Changes[1].Warnings, ";"), "only the root user") {
		t.Errorf("proposals are %+v", two)
	}
}

// A Deny that another document than the bucket's, the key's or the writer's own holds may
// bind others: nobody is taken out of it.
func TestADenyThatBindsOthersStays(t *testing.T) {
	deny := `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`
	for _, name := range []string{"arn:aws:iam::111111111111:policy/shared", "group/ops/inline/b"} {
		r := with([4]string{"bucket_policy", bucket, "", policy(other)}, [4]string{"identity_policies", role, "", "{}"}, [4]string{"identity_policy", role, name, policy(deny)})
		for _, p := range proposals("put_object_granted", r, scanner.Expect{}, "/Statement/0") {
			for _, change := range p.Changes {
				if change.Name == name {
					t.Errorf("%s is another: %s", name, change.Document)
				}
			}
		}
	}
}

// What a Deny of the writer's own keeps out stays out, but for the upload.
func TestADenyOfTheWritersOwnIsNarrowed(t *testing.T) {
	const upload = `"arn:aws:s3:::trail/audit/*"`
	for deny, want := range map[string]string{
		`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`: `{"Action":"s3:*","Effect":"Deny","NotResource":` + upload + `},` +
			`{"Effect":"Deny","NotAction":"s3:PutObject","Resource":` + upload + `}`,
		`{"Effect":"Deny","Action":["s3:PutObject","s3:GetObject"],"Resource":[` + upload + `,"arn:aws:s3:::x/*"]}`: `{"Action":["s3:PutObject","s3:GetObject"],"Effect":"Deny","Resource":"arn:aws:s3:::x/*"},` +
			`{"Action":"s3:GetObject","Effect":"Deny","Resource":` + upload + `}`,
		`{"Effect":"Deny","Action":"s3:PutObject","Resource":` + upload + `}`: ``,
		// Nothing says these without denying more, or less.
		`{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::trail/*"}`: "none",
		`{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}`:                         "none",
		`{"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"}`:                 "none",
	} {
		const list = `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}`
		r := with([4]string{"identity_policies", role, "", "{}"}, [4]string{"identity_policy", role, "inline/b", policy(list, deny)})
		is := "none"
		for _, p := range propose("put_object_granted", r, "/Statement/1") {
			text := short(p.Document)
			if p.Kind != document.KindIdentityPolicy || strings.Contains(text, "WriteTheTrail") || strings.Contains(text, deny) {
				continue
			}
			_, is, _ = strings.Cut(strings.TrimSuffix(text, "]}"), list)
			is = strings.TrimPrefix(is, ",")
			if !strings.Contains(strings.Join(p.Warnings, ";"), "who denied it") {
				t.Errorf("nothing is said to mind: %q", p.Warnings)
			}
		}
		if is != want {
			t.Errorf("%s became\n%s, want\n%s", deny, is, want)
		}
	}
}

// A Deny of actions that the export does not need comes to deny no other.
func TestADenyComesToDenyNothingElse(t *testing.T) {
	deny := `{"Effect":"Deny","Principal":"*","Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*"}`
	r := with([4]string{"key", elsewhere, "", `{"KeyMetadata":{"KeyState":"Enabled"}}`}, [4]string{"key_policy", elsewhere, "", policy(allow, deny)})
	for _, p := range propose("key_decrypt_granted", r, "/Statement/1") {
		for line := range strings.SplitSeq(short(p.Document), "},{") {
			if strings.Contains(line, `"Deny"`) && strings.Contains(line, "GenerateDataKey") {
				t.Errorf("others may not encrypt any more: %s", p.Document)
			}
		}
	}
}

// A patch of two edits makes the whole new document of the one that is there.
func TestPatchesOfTwoEditsApply(t *testing.T) {
	shut := `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`
	r := with([4]string{"bucket_policy", bucket, "", policy(allow, shut)})
	both := 0
	for _, p := range propose("put_object_granted", r, "/Statement/1") {
		if p.Kind != document.KindBucketPolicy {
			continue
		}
		text, err := json.Marshal(p.Patch)
		if err != nil {
			t.Fatal(err)
		}
		patch, err := jsonpatch.DecodePatch(text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := patch.Apply([]byte(p.Before))
		if err != nil || scanner.NewDisplay(string(after)).Text != p.Document {
			t.Errorf("the patch makes %s of it, error %v, want %s", after, err, p.Document)
		}
		if strings.Contains(p.Document, "NotAction") && strings.Contains(p.Document, "WriteTheTrail") {
			both++
			if before, after := p.Masked(); !strings.Contains(before, "audit/*") || strings.Count(before, "audit/*") >= strings.Count(after, "audit/*") {
				t.Errorf("what both mean is not masked: %s", before)
			}
		}
	}
	if both != 1 {
		t.Errorf("%d proposals narrow the Deny and allow, want 1", both)
	}
}

// Other rules' findings are never mended by two documents.
func TestOtherRulesHaveOneDocument(t *testing.T) {
	r := with([4]string{"bucket_policy", bucket, "", policy(allow, other)}, [4]string{"versioning", bucket, "", `{}`})
	for _, rule := range []string{"tls_required", "versioned", "no_foreign_readers", "writer_least_privilege"} {
		if two := twoOf(t, rule, r, "/Statement/0"); len(two) != 0 {
			t.Errorf("%s: proposals are %+v", rule, two)
		}
	}
}
