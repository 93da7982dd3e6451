package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/journal"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws"
)

func newCheckCommand(a *app) *cobra.Command {
	var cf configFlags
	c := &checking{app: a, flags: &cf, Callers: []checkedCaller{}, Tenants: []checkedTenant{}, Missing: []missing{}}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Try configuration, credentials and permissions before the first scan",
		Long: `check reads the configuration, asks each tenant for its exports and AWS who you
are, then tries every read that a scan needs. It lists the permissions that are
missing, and what else could not be read. It judges nothing and writes nothing.

Exit status: 0 a scan will be complete; 2 something could not be read; 3 a scan
could not run.`,
		Example: "  trailguard check\n  trailguard check --config trailguard.yaml --tenant acme",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if c.config, err = cf.load(); err != nil {
				return err
			}
			return c.do(cmd.Context())
		},
	}
	cf.register(cmd.Flags())
	jsonFlag(cmd.Flags(), &c.asJSON)
	return cmd
}

// checking tries everything. Its exported fields are the command's JSON output.
type checking struct {
	app    *app
	flags  *configFlags
	config *config.Config
	asJSON bool

	Configuration string          `json:"configuration"`
	Callers       []checkedCaller `json:"callers"`
	Tenants       []checkedTenant `json:"tenants"`
	Missing       []missing       `json:"missing"`
	Exports       int             `json:"exports"`
	Complete      bool            `json:"complete"` // a scan would be complete
}

// checkedCaller is an identity of the reader, as AWS names it.
type checkedCaller struct {
	Account       string `json:"account,omitempty"` // the configured one; empty: the account of the first credentials
	AssumeRole    string `json:"assumeRole,omitempty"`
	CallerAccount string `json:"callerAccount,omitempty"`
	CallerARN     string `json:"callerArn,omitempty"`
	Problem       string `json:"problem,omitempty"`
}

type checkedTenant struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	Exports  int    `json:"exports"`
	Complete bool   `json:"complete"`
}

// missing is what could not be read.
type missing struct {
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

// say prints a line for people as soon as it is known.
func (c *checking) say(format string, args ...any) error {
	if c.asJSON {
		return nil
	}
	return c.app.print(format, args...)
}

func (c *checking) do(ctx context.Context) error {
	c.app.begin(journal.Start{Tenants: c.flags.names(c.config)})
	c.Configuration = c.config.Path
	if err := c.say("ok       configuration %s", c.config.Path); err != nil {
		return err
	}
	if err := c.callers(ctx); err != nil {
		return err
	}
	memory := &pipeline.Memory{}
	collected, err := c.app.collect(ctx, c.config, c.flags, &collectFlags{}, memory.Create)
	if err != nil {
		return err
	}
	source, err := memory.Open()
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it is in memory
	if err := c.read(source); err != nil {
		return err
	}
	c.Exports = collected.Exports
	c.Complete = collected.Gaps == 0 && collected.Complete && interruption(ctx) == 0
	if c.Complete {
		err = c.say("ok       everything that a scan of %d exports asks for can be read", c.Exports)
	}
	if c.asJSON {
		err = writeJSON(c.app.stdout, c)
	}
	switch {
	case err != nil:
		return err
	case interruption(ctx) != 0:
		return &exitError{status: interruption(ctx)}
	case !c.Complete:
		return &exitError{status: scanner.ExitIncomplete}
	default:
		return nil
	}
}

// callers finds the identities under which AWS knows the reader. Tenants that
// reach AWS in the same way share them.
func (c *checking) callers(ctx context.Context) error {
	var seen []string
	for i := range c.config.Tenants {
		settings := c.config.TenantAWS(&c.config.Tenants[i])
		key := fmt.Sprintf("%+v", settings)
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		collector, err := pipeline.NewCollector(ctx, settings, &pipeline.CollectOptions{Config: c.config, Now: c.app.now, Traffic: c.app.journal})
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

func (c *checking) caller(r *aws.CallerResult) error {
	who := checkedCaller{Account: r.Account, AssumeRole: r.AssumeRole, CallerAccount: r.CallerAccount, CallerARN: r.CallerARN}
	if r.Gap != nil {
		who.Problem = cmp.Or(r.Gap.Detail, r.Gap.Reason.Words())
	}
	c.Callers = append(c.Callers, who)
	return c.say("%s", describeCaller(&who))
}

func describeCaller(r *checkedCaller) string {
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
func (c *checking) read(records scanner.Records) error {
	var gaps []scanner.Gap
	for _, t := range records.Tenants() {
		gaps = append(gaps, t.Gaps...)
		c.Tenants = append(c.Tenants, checkedTenant{t.Name, t.URL, len(t.ConfigurationIDs), t.Complete})
		line := fmt.Sprintf("ok       tenant %s: %d export configurations at %s", t.Name, len(t.ConfigurationIDs), t.URL)
		if !t.Complete {
			line = fmt.Sprintf("%s tenant %s: not, or not wholly, readable", unread, t.Name)
		}
		if err := c.say("%s", line); err != nil {
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
	c.Missing = missings(gaps)
	for _, m := range c.Missing {
		on := ""
		if m.Resource != "" {
			on = " on " + m.Resource
		}
		if err := c.say("%s %s%s: %s", m.mark, m.Need, on, m.Problem); err != nil {
			return err
		}
	}
	return nil
}

// missings lists gaps by the permission or call that would close them, without
// repeats: exports share what could not be read.
func missings(gaps []scanner.Gap) []missing {
	need := func(gap *scanner.Gap) string { return cmp.Or(gap.LackedPermission(), gap.Call) }
	slices.SortFunc(gaps, func(x, y scanner.Gap) int {
		return cmp.Or(strings.Compare(need(&x), need(&y)), scanner.CompareGaps(x, y))
	})
	list := []missing{}
	for i := range gaps {
		mark := unread
		if gaps[i].LackedPermission() != "" {
			mark = lacks
		}
		list = append(list, missing{need(&gaps[i]), gaps[i].Resource, cmp.Or(gaps[i].Detail, gaps[i].Reason.Words()), mark})
	}
	return slices.Compact(list)
}
