package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// acmeExports is how many exports the company has.
const acmeExports = 21

// teamStatuses lists every result by "team rule", which reads better than ids.
func teamStatuses(r *scanner.Report) map[string]scanner.Status {
	teams := map[string]string{}
	for team, id := range exportsByTeam(r) {
		teams[id] = team
	}
	all := map[string]scanner.Status{}
	for result, status := range statuses(r) {
		subject, rule, _ := strings.Cut(result, " ")
		if team, ok := teams[subject]; ok {
			subject = team
		}
		all[subject+" "+rule] = status
	}
	return all
}

// unhealthy is what fixtures/acme/README.md says of the company, in the words
// of the rules. Everything else passes or does not apply.
func unhealthy() map[string]scanner.Status {
	return map[string]scanner.Status{
		"marketing uses_role":                        scanner.StatusFail,
		"claims connection_status_success":           scanner.StatusFail,
		"claims external_id_equals_configuration_id": scanner.StatusFail,
		"claims external_id_required":                scanner.StatusFail, // the old id is nobody's any more
		"partners external_id_required":              scanner.StatusFail,
		"people put_object_granted":                  scanner.StatusFail,
		"treasury put_object_granted":                scanner.StatusFail,
		"risk key_usable":                            scanner.StatusFail,
		"research region_matches":                    scanner.StatusFail,
		"research principals_exist":                  scanner.StatusFail,
		"retail configuration_enabled":               scanner.StatusFail,
		"lab endpoint_recognised":                    scanner.StatusFail,
		"lab uses_role":                              scanner.StatusFail, // a SAS token
		"legal put_object_granted":                   scanner.StatusUnknown,
		"legal no_silent_denial":                     scanner.StatusUnknown,
		"legal principals_exist":                     scanner.StatusUnknown,
		"legal tls_required":                         scanner.StatusUnknown,
		"legal no_foreign_writers":                   scanner.StatusUnknown,
		"legal no_foreign_readers":                   scanner.StatusUnknown,
		"legal writer_least_privilege":               scanner.StatusUnknown,
		"legal writers_confined":                     scanner.StatusUnknown,
		"support delivery_fresh":                     scanner.StatusFail,
		"support access_logged":                      scanner.StatusFail,
		"retail role_dedicated":                      scanner.StatusFail,
		"treasury writers_confined":                  scanner.StatusFail, // spares a role that is nobody's
		"support delivery_continuous":                scanner.StatusFail,
		"logistics put_object_granted":               scanner.StatusFail,
		"logistics no_silent_denial":                 scanner.StatusFail, // the requester pays
		"sales external_id_equals_configuration_id":  scanner.StatusFail,
		"sales principal_expected":                   scanner.StatusFail,
		"payroll put_object_granted":                 scanner.StatusFail,
		"insurance put_object_granted":               scanner.StatusFail,
		"pensions key_usable":                        scanner.StatusFail,
		"compliance put_object_granted":              scanner.StatusFail,
		"wholesale bucket_owner_expected":            scanner.StatusFail,
	}
}

func TestDemoFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	got := teamStatuses(newRig(t, sandbox.Options{}).mustScan(t))
	maps.DeleteFunc(got, func(_ string, s scanner.Status) bool {
		return s == scanner.StatusPass || s == scanner.StatusNotApplicable
	})
	if diff := cmp.Diff(unhealthy(), got); diff != "" {
		t.Errorf("findings (-fixtures/acme/README.md +scan):\n%s", diff)
	}
}

// The whole matrix, passes included: testdata/demo.txt is for people to read,
// and -update rewrites it.
func TestDemoMatrix(t *testing.T) {
	t.Parallel()
	const file = "testdata/demo.txt"
	report := newRig(t, sandbox.Options{}).mustScan(t)
	got := matrix(report)
	if again := matrix(newRig(t, sandbox.Options{PageSize: 2, PlainDocuments: true}).mustScan(t)); again != got {
		t.Errorf("small pages and plain documents change the answers:\n%s", cmp.Diff(got, again))
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// matrix is a line a rule and a column an export: F fails, ? is unknown, a dot
// passes, a dash does not apply.
func matrix(r *scanner.Report) string {
	letters := map[scanner.Status]string{
		scanner.StatusFail: "F", scanner.StatusUnknown: "?", scanner.StatusPass: ".", scanner.StatusNotApplicable: "-", scanner.StatusError: "E",
	}
	all := teamStatuses(r)
	teams := slices.Sorted(maps.Keys(exportsByTeam(r)))
	rules := map[string]bool{}
	for result := range all {
		_, rule, _ := strings.Cut(result, " ")
		rules[rule] = true
	}
	var b strings.Builder
	b.WriteString("F fails, ? unknown, . passes, - does not apply\n\n")
	fmt.Fprintf(&b, "%-36s %s\n", "", strings.Join(teams, " "))
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		line := fmt.Sprintf("%-36s", rule)
		for _, team := range teams {
			line += fmt.Sprintf(" %-*s", len(team), letters[all[team+" "+rule]])
		}
		if status, ok := all["acme "+rule]; ok {
			line = fmt.Sprintf("%-36s %s (the tenant)", rule, letters[status])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// filesBelow lists all files below a folder, with slashes.
func filesBelow(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
