package history

import (
	"bytes"
	"context"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// putHead keeps the header and tenants in the format of a snapshot.
func (c content) putHead(ctx context.Context, header scanner.Header, tenants []scanner.Tenant) error {
	var out bytes.Buffer
	w, err := snapshot.NewWriter(&out, header, tenants)
	if err == nil {
		_, err = w.Close(false)
	}
	if err != nil {
		return fmt.Errorf("pack header and tenants: %w", err)
	}
	return c.put(ctx, partHead, 0, out.Bytes())
}

// head reads them back. Only header and tenants of its result can be read: the
// records are elsewhere.
func (c content) head(ctx context.Context) (scanner.Records, error) {
	text, _, err := c.read(ctx, partHead, 0)
	if err != nil {
		return nil, err
	}
	return snapshot.NewReader(bytes.NewReader(text), fmt.Sprintf("header and tenants of run %d", c.run))
}

// lists holds the exports that each tenant lists, and whether the list is complete.
type lists struct {
	whole  map[string]bool // tenants
	listed map[exportName]bool
}

func newLists(tenants []scanner.Tenant) *lists {
	l := &lists{map[string]bool{}, map[exportName]bool{}}
	for i := range tenants {
		t := &tenants[i]
		l.whole[text(t.Name)] = t.Complete
		l.listed[exportName{text(t.Name), ""}] = true // the tenant itself
		for _, id := range t.ConfigurationIDs {
			l.listed[exportName{text(t.Name), text(id)}] = true
		}
	}
	return l
}

// lack says whether an export is known to be gone.
func (l *lists) lack(n exportName) bool { return l.whole[n.tenant] && !l.listed[n] }
