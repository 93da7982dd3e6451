package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
)

// durations writes times as Go spells them, since JSON has no form for them.
func durations() json.Options {
	return json.JoinOptions(
		json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, d time.Duration) error {
			return enc.WriteToken(jsontext.String(d.String()))
		})),
		json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, d *time.Duration) error {
			var s string
			err := json.UnmarshalDecode(dec, &s)
			if err == nil {
				*d, err = time.ParseDuration(s)
			}
			return err
		})),
	)
}

// packTenant writes a tenant, with the ids of its exports as those of their
// subjects.
func (s *Store) packTenant(tenant *scanner.Tenant, exports []string, subjects map[string]int64) ([]byte, error) {
	rest := *tenant
	rest.ConfigurationIDs = nil
	head, err := json.Marshal(rest, encoding())
	if err != nil {
		return nil, fmt.Errorf("pack tenant %s: %w", tenant.Name, err)
	}
	w := writer{}
	w.bytes(head)
	w.number(uint64(len(exports)))
	last := int64(0)
	for _, e := range exports {
		w.signed(subjects[e] - last)
		last = subjects[e]
	}
	return s.codec.compress(w.b), nil
}

// keptTenant is a tenant as a run saw it.
type keptTenant struct {
	tenant   scanner.Tenant
	subjects []int64 // of its exports
}

func (s *Store) unpackTenant(body []byte) (*keptTenant, error) {
	b, err := s.codec.decompress(body)
	if err != nil {
		return nil, fmt.Errorf("read a tenant: %w", err)
	}
	r := reader{b: b}
	k := &keptTenant{}
	if err := json.Unmarshal(r.bytes(), &k.tenant); err != nil {
		return nil, fmt.Errorf("read a tenant: %w", err)
	}
	k.subjects = make([]int64, r.count())
	last := int64(0)
	for i := range k.subjects {
		last += r.signed()
		k.subjects[i] = last
	}
	return k, r.end()
}

// tenantsOf returns a run's tenants in the snapshot's order, with the ids of
// their exports.
func (s *Store) tenantsOf(ctx context.Context, h handle, run int64) ([]scanner.Tenant, error) {
	var kept []*keptTenant
	err := h.each(ctx, "SELECT body FROM run_tenant WHERE run = ? ORDER BY position", []any{run}, func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		k, err := s.unpackTenant(body)
		kept = append(kept, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	tenants := make([]scanner.Tenant, len(kept))
	for i, k := range kept {
		names, err := exportNames(ctx, h, text(k.tenant.Name))
		if err != nil {
			return nil, err
		}
		tenants[i] = k.tenant
		tenants[i].ConfigurationIDs = make([]string, len(k.subjects))
		for j, id := range k.subjects {
			name, ok := names[id]
			if !ok {
				return nil, fmt.Errorf("tenant %s: subject %d is missing", k.tenant.Name, id)
			}
			tenants[i].ConfigurationIDs[j] = name
		}
	}
	return tenants, nil
}

// exportNames are a tenant's export ids by subject.
func exportNames(ctx context.Context, h handle, tenant string) (map[int64]string, error) {
	names := map[int64]string{}
	err := h.each(ctx, "SELECT id, export_id FROM subject WHERE tenant = ?", []any{tenant}, func(rows *sql.Rows) error {
		var id int64
		var name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return err
	})
	return names, err
}
