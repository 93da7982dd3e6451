package history

import (
	"context"
	"database/sql"
	"fmt"
)

// subjects finds each item's subject with the rows that hold so far.
func (r *recorder) subjects(ctx context.Context) error {
	byTenant := map[string]map[string]*item{}
	for i := range r.items {
		it := &r.items[i]
		if byTenant[it.tenant] == nil {
			byTenant[it.tenant] = map[string]*item{}
		}
		if byTenant[it.tenant][it.export] != nil {
			return fmt.Errorf("export %s of tenant %s is in the shard twice", it.export, it.tenant)
		}
		byTenant[it.tenant][it.export] = it
	}
	for tenant, items := range byTenant {
		if err := r.find(ctx, tenant, items); err != nil {
			return err
		}
	}
	for i := range r.items {
		it := &r.items[i]
		if it.open[tableVersion].from == r.run || it.open[tableResult].from == r.run {
			return fmt.Errorf("export %s of tenant %s was recorded before in this run", it.export, it.tenant)
		}
		r.changes[it.subject] = &change{tenant: it.tenant, export: it.export}
	}
	return nil
}

// find gives the items of one tenant their subjects, new ones where there was
// none.
func (r *recorder) find(ctx context.Context, tenant string, items map[string]*item) error {
	var ids, missing []string
	for i := range r.items {
		if r.items[i].tenant == tenant {
			ids = append(ids, r.items[i].export)
		}
	}
	if err := r.openRows(ctx, tenant, ids, items); err != nil {
		return err
	}
	for _, id := range ids {
		if items[id].subject == 0 {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	subjects, err := internSubjects(ctx, r.h, tenant, missing, false)
	for _, id := range missing {
		items[id].subject = subjects[id]
	}
	return err
}

const openQuery = `SELECT s.id, s.export_id, v.id, v.from_run, v.digest, r.id, r.from_run, r.digest FROM subject s
LEFT JOIN config_version v ON v.subject = s.id AND v.to_run IS NULL
LEFT JOIN result r ON r.subject = s.id AND r.to_run IS NULL
WHERE s.tenant = ? AND s.export_id IN `

func (r *recorder) openRows(ctx context.Context, tenant string, ids []string, items map[string]*item) error {
	return chunks(ids, func(in string, args []any) error {
		return r.h.each(ctx, openQuery+in, append([]any{tenant}, args...), func(rows *sql.Rows) error {
			var subject int64
			var id string
			var row, from [tables - 1]sql.NullInt64
			var digest [tables - 1]sql.RawBytes
			if err := rows.Scan(&subject, &id, &row[0], &from[0], &digest[0], &row[1], &from[1], &digest[1]); err != nil {
				return err
			}
			it := items[id]
			it.subject = subject
			for table := range it.open {
				if !row[table].Valid {
					continue
				}
				k, err := keyOf(digest[table])
				if err != nil {
					return err
				}
				it.open[table] = openRow{row[table].Int64, from[table].Int64, k}
			}
			return nil
		})
	})
}
