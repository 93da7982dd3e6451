package history

import (
	"context"

	"github.com/go-json-experiment/json"
)

// carried compares the rows that outlived a pruning with what the last one
// said of them: the runs that wrote them can no longer tell.
func (v *verifier) carried(ctx context.Context, entries []ledgerEntry) error {
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if e.kind != ledgerPrune {
			continue
		}
		var body pruneBody
		if err := json.Unmarshal([]byte(e.body), &body); err != nil {
			v.problem("ledger", 0, "entry %d can not be read", e.id)
			return nil //nolint:nilerr // it is a finding of the verification, not a failure of it
		}
		for table, wanted := range body.Carried {
			is, err := carriedDigest(ctx, v.h, table, body.Kept)
			if err != nil {
				return err
			}
			if is != wanted {
				v.problem(tableName(table), 0, "rows that began before run %d are not those that the pruning left", body.Kept)
			}
		}
		return nil
	}
	return nil
}
