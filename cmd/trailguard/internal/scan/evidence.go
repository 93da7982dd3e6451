package scan

import (
	"errors"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// evidenceFolder is the folder to which every document goes that is judged.
type evidenceFolder struct{ w *reporters.EvidenceWriter }

// newEvidenceFolder creates the folder and writes the documents of the tenants,
// which do not come with the records.
func newEvidenceFolder(dir string, source *pipeline.Snapshot) (*evidenceFolder, error) {
	w, err := reporters.NewEvidenceWriter(dir)
	if err != nil {
		return nil, err
	}
	f := &evidenceFolder{w}
	tenants := source.Tenants()
	for i := range tenants {
		e, err := scanner.TenantEvidence(&tenants[i], source.Header().CollectedAt)
		if err == nil {
			err = f.write(tenants[i].Name, &e)
		}
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return f, nil
}

// add writes the documents of one export.
func (f *evidenceFolder) add(judged *scanner.Judged) error {
	if judged.Record == nil {
		return nil
	}
	for i := range judged.Record.Evidence {
		if err := f.write(judged.Record.Configuration.Tenant, &judged.Record.Evidence[i]); err != nil {
			return err
		}
	}
	return nil
}

func (f *evidenceFolder) write(tenant string, e *scanner.Evidence) error {
	if e.Absent {
		return nil
	}
	return f.w.Add(scanner.EvidencePath(tenant, e), scanner.NewDisplay(e.Text).Text)
}

// close releases the folder. Every file was closed when it was written.
func (f *evidenceFolder) close() { _ = f.w.Close() }
