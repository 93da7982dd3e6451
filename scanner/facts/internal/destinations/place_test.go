package destinations

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// Whoever writes above, below or beside an export in one bucket is found exactly
// where a look at every pair finds them.
func TestSharingIsThatOfEveryPair(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		tenant := scanner.Tenant{Name: "acme", URL: "https://acme.example"}
		for i := range 12 {
			var prefix strings.Builder
			for range random.IntN(4) {
				prefix.WriteString([]string{"a", "b", "a/", "é"}[random.IntN(4)])
			}
			d := scanner.Destination{
				ID: strconv.Itoa(i), Place: "audit", Region: "eu-central-1", Prefix: prefix.String(),
				PathUnknown: random.IntN(8) == 0, EnabledUnknown: random.IntN(8) == 0,
			}
			tenant.Destinations = append(tenant.Destinations, d)
			tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, d.ID)
		}
		x := New([]scanner.Tenant{tenant})
		for _, d := range tenant.Destinations {
			var want, got []string
			for _, other := range tenant.Destinations {
				apart := !strings.HasPrefix(d.Prefix, other.Prefix) && !strings.HasPrefix(other.Prefix, d.Prefix)
				if other.ID != d.ID && (!apart || d.PathUnknown || other.PathUnknown) {
					want = append(want, other.ID)
				}
			}
			certain, possible, _ := x.Sharing(&Export{&tenant, &d})
			for _, e := range slices.Concat(certain, possible) {
				got = append(got, e.ID)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v shares with %v, want %v of %+v", d, got, want, tenant.Destinations)
			}
		}
	}
}
