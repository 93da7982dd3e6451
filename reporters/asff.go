package reporters

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// UnknownAccount stands for the account of a finding where nothing names it.
// Security Hub accepts it from nobody: the sender replaces it with an account.
const UnknownAccount = "000000000000"

// asffBatch is how many findings one call of BatchImportFindings takes.
const asffBatch = 100

// ASFFBatch is the content of one call of BatchImportFindings: at most 100
// findings of one account and region. Only that account may import them.
type ASFFBatch struct {
	Account  string // twelve digits, UnknownAccount where it is not known
	Region   string
	Findings []types.AwsSecurityFinding
}

// name returns the name of the batch's file, where the batch is the n-th of its
// account and region.
func (b *ASFFBatch) name(n int) string { return fmt.Sprintf("%s-%s-%03d.json", b.Account, b.Region, n) }

// ASFF writes all findings as one list in the AWS Security Finding Format, whatever
// their account and region.
func ASFF(w io.Writer, r *scanner.Report, o Options) error {
	all := []types.AwsSecurityFinding{}
	for _, b := range ASFFBatches(r, o) {
		all = append(all, b.Findings...)
	}
	return writeASFF(w, all)
}

func writeASFF(w io.Writer, findings []types.AwsSecurityFinding) error {
	// The names of the SDK's fields are those of the format.
	if err := writeJSON(w, findings, json.OmitZeroStructFields(true), jsontext.WithIndent(" ")); err != nil {
		return fmt.Errorf("write asff report: %w", err)
	}
	return nil
}

// asffFiles writes each batch to a file, since an import takes one file in each
// call.
func asffFiles(r *scanner.Report, o Options) []File {
	var files []File
	n := 0
	batches := ASFFBatches(r, o)
	for i := range batches {
		b := &batches[i]
		if n++; i > 0 && (b.Account != batches[i-1].Account || b.Region != batches[i-1].Region) {
			n = 1
		}
		files = append(files, File{b.name(n), func(w io.Writer) error { return writeASFF(w, b.Findings) }})
	}
	return files
}

// asffFile is the name of one of asffFiles.
var asffFile = regexp.MustCompile(`^[0-9]{12}-[a-z0-9-]+-[0-9]{3,}\.json$`)

// ASFFBatches are a report's findings as Security Hub imports them, by the
// account that owns the export's bucket and the bucket's region, sorted by
// both.
//
// A finding keeps its id from run to run, so that each import updates it. Only
// what the report calls resolved is archived, and it is PASSED only where the
// rule passes now. What a run did not look at stays as it is. A finding that
// was unknown and passes now is in no report.
//
// Times are those of collecting. The time as of which the run judged may lie in
// the future, and an UpdatedAt of tomorrow would keep out every import until
// then. To import an older snapshot again, set a later time.
func ASFFBatches(r *scanner.Report, o Options) []ASFFBatch {
	a := newASFF(r, o)
	var all []ASFFBatch
	add := func(f *scanner.Finding) {
		finding := a.finding(f)
		all = append(all, ASFFBatch{*finding.AwsAccountId, *finding.Region, []types.AwsSecurityFinding{finding}})
	}
	for i := range r.Tenants {
		if f, told := completenessOf(r, &r.Tenants[i]); told {
			add(&f)
		}
	}
	for i := range r.Findings {
		add(&r.Findings[i])
	}
	slices.SortStableFunc(all, func(x, y ASFFBatch) int {
		return cmp.Or(strings.Compare(x.Account, y.Account), strings.Compare(x.Region, y.Region))
	})
	var batches []ASFFBatch
	for i := range all {
		last := len(batches) - 1
		if last < 0 || batches[last].Account != all[i].Account || batches[last].Region != all[i].Region || len(batches[last].Findings) == asffBatch {
			batches = append(batches, all[i])
			continue
		}
		batches[last].Findings = append(batches[last].Findings, all[i].Findings...)
	}
	return batches
}
