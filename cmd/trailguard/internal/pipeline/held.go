package pipeline

import (
	"io"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/texts"
)

// held are some records of a snapshot.
type held struct {
	header  scanner.Header
	tenants []scanner.Tenant
	records []*scanner.Record
	texts   *texts.Store
}

func (f *Fixer) hold(records []*scanner.Record, over *overlay.Overlay) (*held, error) {
	h := &held{header: f.header, tenants: f.tenants, records: slices.Clone(records)}
	for i, r := range records {
		if over != nil {
			var err error
			if h.records[i], err = over.Apply(r); err != nil {
				return nil, err
			}
		}
	}
	return h, nil
}

func (h *held) Header() scanner.Header    { return h.header }
func (h *held) Tenants() []scanner.Tenant { return h.tenants }
func (h *held) Texts() *texts.Store       { return h.texts }

func (h *held) Next() (*scanner.Record, error) {
	if len(h.records) == 0 {
		return nil, io.EOF
	}
	r := h.records[0]
	h.records = h.records[1:]
	return r, nil
}
