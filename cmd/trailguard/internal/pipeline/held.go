package pipeline

import (
	"io"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/texts"
)

// held are some records of a snapshot.
type held struct {
	header  scanner.Header
	tenants []scanner.Tenant
	records []*scanner.Record
	texts   *texts.Store
}

func (f *Fixer) hold(records []*scanner.Record) *held {
	return &held{header: f.header, tenants: f.tenants, records: slices.Clone(records)}
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
