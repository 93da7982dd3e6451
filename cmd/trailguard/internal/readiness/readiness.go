// Package readiness tries everything that a scan needs: the configuration, each
// set of credentials, each tenant, and every read of AWS. It judges nothing and
// writes nothing.
package readiness

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
)

// Check says what is tried. All fields are required.
type Check struct {
	Config  *config.Config
	Now     func() time.Time
	Traffic scanner.Traffic
	// Collect runs the collecting stages of a scan.
	Collect func(context.Context, pipeline.Create) (pipeline.Collected, error)
	// Say is called with a line for people, as soon as it is known.
	Say func(line string) error

	result Result
}

// Result is what was found. Its JSON is what the command prints.
type Result struct {
	Configuration string    `json:"configuration"`
	Callers       []Caller  `json:"callers"`
	Tenants       []Tenant  `json:"tenants"`
	Missing       []Missing `json:"missing"`
	Exports       int       `json:"exports"`
	Complete      bool      `json:"complete"` // a scan would be complete
}

// Caller is an identity of the reader, as AWS names it.
type Caller struct {
	Account       string `json:"account,omitempty"` // the configured one; empty: the account of the first credentials
	AssumeRole    string `json:"assumeRole,omitempty"`
	CallerAccount string `json:"callerAccount,omitempty"`
	CallerARN     string `json:"callerArn,omitempty"`
	Problem       string `json:"problem,omitempty"`
}

// Tenant is a tenant of the configuration, as Immuta answers about it.
type Tenant struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	Exports  int    `json:"exports"`
	Complete bool   `json:"complete"`
}

// Missing is what could not be read.
type Missing struct {
	Need     string `json:"need"` // the permission, or the call
	Resource string `json:"resource,omitempty"`
	Problem  string `json:"problem"`
	mark     string // the beginning of its line
}

// The beginnings of lines about what cannot be read.
const (
	lacks  = "missing " // a permission
	unread = "unread  " // for any other reason
)

// Run tries everything. A context that ends early makes the result incomplete.
// The error is that of a check that could not be made at all.
func (c *Check) Run(ctx context.Context) (*Result, error) {
	c.result = Result{Configuration: c.Config.Path, Callers: []Caller{}, Tenants: []Tenant{}, Missing: []Missing{}}
	if err := c.sayf("ok       configuration %s", c.Config.Path); err != nil {
		return nil, err
	}
	if err := c.callers(ctx); err != nil {
		return nil, err
	}
	memory := &pipeline.Memory{}
	collected, err := c.Collect(ctx, memory.Create)
	if err != nil {
		return nil, err
	}
	source, err := memory.Open()
	if err != nil {
		return nil, err
	}
	defer source.Close() //nolint:errcheck // it is in memory
	if err := c.read(source); err != nil {
		return nil, err
	}
	c.result.Exports = collected.Exports
	c.result.Complete = collected.Gaps == 0 && collected.Complete && ctx.Err() == nil
	if c.result.Complete {
		err = c.sayf("ok       everything that a scan of %s asks for can be read", scanner.Count(c.result.Exports, "export", "exports"))
	}
	return &c.result, err
}

func (c *Check) sayf(format string, args ...any) error { return c.Say(fmt.Sprintf(format, args...)) }

// callers finds the identities under which AWS knows the reader. Tenants that
// reach AWS in the same way share them.
func (c *Check) callers(ctx context.Context) error {
	var seen []string
	for i := range c.Config.Tenants {
		settings := c.Config.TenantAWS(&c.Config.Tenants[i])
		key := fmt.Sprintf("%+v", settings)
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		collector, err := pipeline.NewCollector(ctx, settings, &pipeline.CollectOptions{Config: c.Config, Now: c.Now, Traffic: c.Traffic})
		if err != nil {
			return err
		}
		callers, err := collector.Check(ctx)
		if err != nil {
			return err
		}
		for j := range callers {
			if err := c.caller(&callers[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Check) caller(r *aws.CallerResult) error {
	who := Caller{Account: r.Account, AssumeRole: r.AssumeRole, CallerAccount: r.CallerAccount, CallerARN: r.CallerARN}
	if r.Gap != nil {
		who.Problem = cmp.Or(r.Gap.Detail, r.Gap.Reason.Words())
	}
	c.result.Callers = append(c.result.Callers, who)
	return c.sayf("%s", describeCaller(&who))
}

func describeCaller(r *Caller) string {
	what := "aws credentials"
	if r.Account != "" {
		what = fmt.Sprintf("aws account %s through %s", r.Account, r.AssumeRole)
	}
	if r.Problem != "" {
		return fmt.Sprintf("%s %s: %s", unread, what, r.Problem)
	}
	return fmt.Sprintf("ok       %s: account %s, %s", what, r.CallerAccount, r.CallerARN)
}

// read gathers tenants and gaps from what was collected.
func (c *Check) read(records scanner.Records) error {
	var gaps []scanner.Gap
	for _, t := range records.Tenants() {
		gaps = append(gaps, t.Gaps...)
		c.result.Tenants = append(c.result.Tenants, Tenant{t.Name, t.URL, len(t.ConfigurationIDs), t.Complete})
		line := fmt.Sprintf("ok       tenant %s: %d export configurations at %s", t.Name, len(t.ConfigurationIDs), t.URL)
		if !t.Complete {
			line = fmt.Sprintf("%s tenant %s: not, or not wholly, readable", unread, t.Name)
		}
		if err := c.sayf("%s", line); err != nil {
			return err
		}
	}
	err := pipeline.Each(records, func(r *scanner.Record) error {
		gaps = append(gaps, r.Gaps...)
		return nil
	})
	if err != nil {
		return err
	}
	c.result.Missing = missings(gaps)
	for _, m := range c.result.Missing {
		on := ""
		if m.Resource != "" {
			on = " on " + m.Resource
		}
		if err := c.sayf("%s %s%s: %s", m.mark, m.Need, on, m.Problem); err != nil {
			return err
		}
	}
	return nil
}

// missings lists gaps by the permission or call that would close them, without
// repeats: exports share what could not be read.
func missings(gaps []scanner.Gap) []Missing {
	need := func(gap *scanner.Gap) string { return cmp.Or(gap.LackedPermission(), gap.Call) }
	slices.SortFunc(gaps, func(x, y scanner.Gap) int {
		return cmp.Or(strings.Compare(need(&x), need(&y)), scanner.CompareGaps(x, y))
	})
	list := []Missing{}
	for i := range gaps {
		mark := unread
		if gaps[i].LackedPermission() != "" {
			mark = lacks
		}
		list = append(list, Missing{need(&gaps[i]), gaps[i].Resource, cmp.Or(gaps[i].Detail, gaps[i].Reason.Words()), mark})
	}
	return slices.Compact(list)
}
