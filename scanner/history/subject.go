package history

import (
	"context"
	"database/sql"
	"strings"
)

// internSubjects returns the ids of a tenant's subjects by their export ids,
// and adds those that are new. With all, it reads the tenant's subjects
// whole, which is faster for many.
func internSubjects(ctx context.Context, h handle, tenant string, exports []string, all bool) (map[string]int64, error) {
	known := make(map[string]int64, len(exports))
	scan := func(rows *sql.Rows) error {
		var id int64
		var export string
		err := rows.Scan(&id, &export)
		known[export] = id
		return err
	}
	look := func(keys []string) error {
		if all {
			return h.each(ctx, "SELECT id, export_id FROM subject WHERE tenant = ?", []any{tenant}, scan)
		}
		return chunks(keys, func(in string, args []any) error {
			return h.each(ctx, "SELECT id, export_id FROM subject WHERE tenant = ? AND export_id IN "+in, append([]any{tenant}, args...), scan)
		})
	}
	if err := look(exports); err != nil {
		return nil, err
	}
	var missing []string
	seen := map[string]bool{}
	for _, e := range exports {
		if _, ok := known[e]; !ok && !seen[e] {
			seen[e] = true
			missing = append(missing, e)
		}
	}
	if len(missing) == 0 {
		return known, nil
	}
	err := chunks(missing, func(_ string, args []any) error {
		values := make([]any, 0, 2*len(args))
		for _, e := range args {
			values = append(values, tenant, e)
		}
		return h.exec(ctx, "INSERT INTO subject (tenant, export_id) VALUES (?,?)"+strings.Repeat(",(?,?)", len(args)-1)+
			" ON CONFLICT (tenant, export_id) DO NOTHING", values...)
	})
	if err != nil {
		return nil, err
	}
	return known, look(missing)
}
