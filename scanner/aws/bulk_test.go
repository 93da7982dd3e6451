package aws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// oneByOne is more than any account of these tests has.
const oneByOne = 1 << 20

// fleet is acme with n more roles, each with policies of its own, and an export
// for each. The user and its group are in it, too.
func fleet(n int) (world, []scanner.Record) {
	w := acme()
	records := []scanner.Record{roleExport("role", "acme-audit", roleARN), userExport("user", "acme-audit", userARN)}
	for i := range n {
		name := fmt.Sprintf("fleet-%04d", i)
		own := "arn:aws:iam::" + home + ":policy/" + name
		w.managed[own] = strings.Replace(allowAll, `"Action":"*"`, `"Action":"s3:Put`+name+`"`, 1)
		w.roles[home+"/"+name] = &fakePrincipal{
			path: "/exports/", trust: strings.Replace(trustPolicy, "a+b", name, 1), boundary: boundaryARN,
			attached: []string{viewPolicy, own}, inline: map[string]string{"put": strings.Replace(allowAll, `"*"`, `"s3:*"`, 1)},
		}
		records = append(records, roleExport(name, "acme-audit", "arn:aws:iam::"+home+":role/exports/"+name))
	}
	return w, records
}

// documents are all that a run has, but for the calls and requests that told it.
func documents(records []scanner.Record) []scanner.Record {
	var all []scanner.Record
	for _, r := range records {
		same := r
		same.Evidence = nil
		for _, e := range r.Evidence {
			e.Call, e.RequestID = "", ""
			same.Evidence = append(same.Evidence, e)
		}
		all = append(all, same)
	}
	return all
}

// bothWays collects one by one and in bulk, and wants the same documents and
// gaps of both.
func bothWays(t *testing.T, one, many *fakeAWS, from int, records []scanner.Record) {
	t.Helper()
	o := one.options()
	o.BulkFrom = oneByOne
	want := documents(collect(t, o, records...))
	o = many.options()
	o.BulkFrom = from
	if diff := cmp.Diff(want, documents(collect(t, o, records...))); diff != "" {
		t.Errorf("one by one (-) and in bulk (+):\n%.2000s", diff)
	}
	if n := one.counted(callAuthorization); n != 0 {
		t.Errorf("one by one, bulk was asked for %d times", n)
	}
}

func (f *fakeAWS) iamCalls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for call, times := range f.calls {
		if strings.HasPrefix(call, "iam:") {
			n += times
		}
	}
	return n
}

func TestAThousandRolesInBulk(t *testing.T) {
	short.Skip(t)
	w, records := fleet(1000)
	one, many := newFake(t, w), newFake(t, w)
	bothWays(t, one, many, 0, records)
	if before, now := one.iamCalls(), many.iamCalls(); now*10 > before {
		t.Errorf("%d calls one by one, %d in bulk: less than ten times fewer", before, now)
	}
	// 1,003 roles, users and groups are six pages of 200, and 1,002 managed
	// policies of the account's are six again.
	if n := many.counted(callAuthorization); n != 12 {
		t.Errorf("%d pages, want 12", n)
	}
}

func TestFewRolesAreReadOneByOne(t *testing.T) {
	for name, c := range map[string]struct{ roles, pages int }{
		"49 of them": {47, 0}, // with the role and the user of acme
		"50 of them": {48, 2},
	} {
		w, records := fleet(c.roles)
		f := newFake(t, w)
		collect(t, f.options(), records...)
		if n := f.counted(callAuthorization); n != c.pages {
			t.Errorf("%s: %d pages, want %d", name, n, c.pages)
		}
	}
}

// TestBulkThatBreaksOff has a page fail, in the middle or at once: what was not
// told is read one by one, and nothing is a gap.
func TestBulkThatBreaksOff(t *testing.T) {
	w, records := fleet(12)
	w.bulkPage = 5 // the user, its group and three roles are on the first
	for _, page := range []string{"", " 5"} {
		for _, how := range []misbehaviour{denied, throttled, html, reset, cutOff, failing} {
			t.Run(string(how)+page, func(t *testing.T) {
				one, many := newFake(t, w), newFake(t, w)
				many.faults[callAuthorization+page] = how
				bothWays(t, one, many, 2, records)
				want := 13 // with the role of acme
				if page != "" {
					want = 10
				}
				if read := many.counted(callGetRole); read != want {
					t.Errorf("%d roles were read one by one, want %d", read, want)
				}
			})
		}
	}
}

// TestBulkThatLies alters pages: nothing of it becomes evidence, and nothing is
// lost.
func TestBulkThatLies(t *testing.T) {
	const own = "arn:aws:iam::" + home
	replace := func(old, replacement string) func(string) string {
		return func(page string) string { return strings.ReplaceAll(page, old, replacement) }
	}
	for name, alter := range map[string]func(string) string{
		"another account's":     replace(own, "arn:aws:iam::"+other),
		"another partition's":   replace(own, "arn:aws-cn:iam::"+home),
		"no ARNs":               replace("<Arn>"+own, "<Arn>"),
		"nothing":               func(string) string { return "" },
		"nothing in it":         func(string) string { return "<IsTruncated>false</IsTruncated>" },
		"a page without end":    func(string) string { return "<IsTruncated>true</IsTruncated><Marker>1</Marker>" },
		"more without a marker": func(string) string { return "<IsTruncated>true</IsTruncated>" },
		"roles twice":           replace("<RoleDetailList>", "<RoleDetailList><member><Arn>"+roleARN+"</Arn></member>"),
		"roles twice with a grant": func(page string) string {
			return strings.Replace(page, "</RoleDetailList>", roleEntry(page)+"</RoleDetailList>", 1)
		},
		"names of others":           replace("Name>exporter<", "Name>importer<"),
		"paths of others":           replace("<Path>/exports/", "<Path>/imports/"),
		"no ids":                    replace("<RoleId>ID1</RoleId>", ""),
		"no trust policies":         replace("AssumeRolePolicyDocument>", "SomeDocument>"),
		"trust that is no document": replace("<AssumeRolePolicyDocument>", "<AssumeRolePolicyDocument>no"),
		"no lists of policies":      replace("AttachedManagedPolicies>", "Attachments>"),
		"no policies of their own":  replace("PolicyList>", "List>"),
		"policies without names":    replace("<PolicyName>", "<PolicyLabel>"),
		"policies that are none":    replace("<PolicyDocument>", "<PolicyDocument>no"),
		"no groups":                 replace("<GroupList>", "<Circles>"),
		"groups that are not told":  replace("GroupDetailList>", "CircleDetailList>"),
		"no default versions":       replace("<IsDefaultVersion>true", "<IsDefaultVersion>false"),
		"two default versions":      replace("<IsDefaultVersion>false", "<IsDefaultVersion>true"),
		"another default version":   replace("<DefaultVersionId>v3", "<DefaultVersionId>v2"),
		"versions that are none":    replace("<Document>", "<Document>no"),
	} {
		t.Run(name, func(t *testing.T) {
			w, records := fleet(3)
			one := newFake(t, w)
			w.inBulk = func(page string) string {
				altered := alter(page)
				if strings.Count(altered, "<") != strings.Count(altered, ">") {
					t.Errorf("the page is no XML: %s", altered)
				}
				return closed(altered)
			}
			many := newFake(t, w)
			bothWays(t, one, many, 1, records)
			if many.counted(callAuthorization) == 0 {
				t.Error("bulk was not asked for")
			}
			if many.counted(callAuthorization) > 2*6 {
				t.Errorf("%d pages", many.counted(callAuthorization))
			}
		})
	}
}

// closed mends end tags of elements that were renamed.
func closed(page string) string {
	for was, is := range map[string]string{"PolicyName": "PolicyLabel", "GroupList": "Circles"} {
		if strings.Contains(page, "<"+is+">") {
			page = strings.ReplaceAll(page, "</"+was+">", "</"+is+">")
		}
	}
	return page
}

// roleEntry is the first role of a page once more, with another policy.
func roleEntry(page string) string {
	_, rest, ok := strings.Cut(page, "<RoleDetailList>")
	entry, _, found := strings.Cut(rest, "</RolePolicyList></member>")
	if !ok || !found {
		return ""
	}
	return entry + "<member><PolicyName>more</PolicyName><PolicyDocument>{}</PolicyDocument></member></RolePolicyList></member>"
}

// TestRolesThatComeAndGo has the bulk answer lag behind what single calls say.
func TestRolesThatComeAndGo(t *testing.T) {
	w, records := fleet(3)
	records = append(records, roleExport("gone", "acme-audit", "arn:aws:iam::"+home+":role/gone"),
		roleExport("other path", "acme-audit", "arn:aws:iam::"+home+":role/fleet-0001"))
	one := newFake(t, w)
	w.inBulk = func(page string) string { // fleet-0002 was made after the page was
		return strings.ReplaceAll(page, "role/exports/fleet-0002</Arn>", "role/exports/fleet-0002-old</Arn>")
	}
	many := newFake(t, w)
	bothWays(t, one, many, 1, records)

	o := many.options()
	o.BulkFrom = 1
	out := collect(t, o, records...)
	for _, i := range []int{5, 6} {
		if got := text(t, &out[i], document.KindRole, ""); got != "absent" {
			t.Errorf("%s: %s", out[i].Configuration.ID, got)
		}
	}
	// A policy that is attached and was deleted is a gap, as ever.
	delete(w.managed, writePolicy)
	w.inBulk = nil
	bothWays(t, newFake(t, w), newFake(t, w), 1, records)
}

func TestBulkOfEachAccount(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	o := f.options()
	o.Accounts, o.BulkFrom = accounts, 2
	out := collect(t, o, records...)
	for i := range out {
		if len(out[i].Gaps) != 0 {
			t.Errorf("gaps %+v", out[i].Gaps)
		}
	}
	// Two of one account, and one of the other.
	if f.detailed[callGetRole+" exporter"] != 1 || f.counted(callGetUser) != 0 || f.counted(callAuthorization) != 2 {
		t.Errorf("calls %v", f.calls)
	}
	// Whose account it is nobody knows, so that nothing is asked in bulk.
	f = newFake(t, w)
	f.faults[callCallerIdentity] = denied
	o = f.options()
	o.BulkFrom = 1
	collect(t, o, records[0])
	if n := f.counted(callAuthorization); n != 0 {
		t.Errorf("an account that is not known was asked %d times", n)
	}
}

// TestWhatToldIsNamed: the evidence names the call that was sent.
func TestWhatToldIsNamed(t *testing.T) {
	f := newFake(t, acme())
	o := f.options()
	o.BulkFrom = 1
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	for _, kind := range []document.Kind{
		document.KindRole, document.KindTrustPolicy, document.KindIdentityPolicies, document.KindIdentityPolicy, document.KindBoundary,
	} {
		for _, e := range r.Evidence {
			if e.Kind == kind && e.Call != callAuthorization {
				t.Errorf("%s by %s", e.Ref(), e.Call)
			}
		}
	}
	if n := f.iamCalls(); n != 2 {
		t.Errorf("%d calls, want one for the role and one for its policies", n)
	}
}
