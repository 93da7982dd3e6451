package pipeline

import (
	"context"
	"errors"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/overlay"
)

// Plan is what changes make of a snapshot: the exports that they touch, before and
// after. What an export is judged by is its own documents and what the tenants list,
// which no change of AWS alters, so that all others stay as they were judged.
type Plan struct {
	Info scanner.PlanInfo
	// Applied says what is changed, a line each.
	Applied []string

	touches       map[exportID][]overlay.Touch
	digest        string // of the snapshot underneath
	replayed      bool
	before, after Memory
}

// NewPlan reads a snapshot to its end, which proves that it is whole, and closes it.
// Exports that are selected are part of the plan whether they are touched or not, and
// so is one that is yet to be made; nil: there is none.
func NewPlan(under *Snapshot, changes []overlay.Change, selected scanner.Selection, made *Expected) (_ *Plan, err error) {
	defer func() { err = errors.Join(err, under.Close()) }()
	over, err := overlay.New(changes, under.Header().CollectedAt)
	if err != nil {
		return nil, err
	}
	p := &Plan{replayed: under.Replayed, touches: map[exportID][]overlay.Touch{}}
	before, err := p.before.Create(under.Header(), under.Tenants())
	if err != nil {
		return nil, err
	}
	defer before.Discard()
	after, err := p.after.Create(under.Header(), made.among(under.Tenants()))
	if err != nil {
		return nil, err
	}
	defer after.Discard()
	if err := Each(under, func(r *scanner.Record) error {
		made.learn(r)
		changed, err := over.Apply(r)
		if err != nil {
			return err
		}
		if changed != r {
			p.Info.Touched++
			p.touches[exportID{r.Configuration.Tenant, r.Configuration.ID}] = over.Touches(r)
		} else if !selected.Some() || !selected.Export(&r.Configuration) {
			p.Info.NotJudged++
			return nil
		}
		return errors.Join(before.Record(*r), after.Record(*changed))
	}); err != nil {
		return nil, err
	}
	if made != nil {
		r := made.record()
		changed, err := over.Apply(r)
		if err != nil {
			return nil, err
		}
		p.Info.Expected++
		p.touches[exportID{r.Configuration.Tenant, r.Configuration.ID}] = over.Touches(r)
		if err := after.Record(*changed); err != nil {
			return nil, err
		}
	}
	if err := over.Finish(); err != nil {
		return nil, err
	}
	p.Applied, p.digest = over.Applied(), under.Digest()
	_, beforeErr := before.Close(under.Interrupted())
	_, afterErr := after.Close(under.Interrupted())
	return p, errors.Join(beforeErr, afterErr)
}

// After opens the exports as they would be.
func (p *Plan) After() (*Snapshot, error) { return p.open(&p.after) }

func (p *Plan) open(m *Memory) (*Snapshot, error) {
	s, err := m.Open()
	if err != nil {
		return nil, err
	}
	s.Excerpt()
	s.Replayed = p.replayed
	return s, nil
}

// Baseline is what there is: the state that After is compared with. The path is that
// of the snapshot underneath, or empty.
func (p *Plan) Baseline(ctx context.Context, path string, tenants []scanner.Tenant, o JudgeOptions) (*Baseline, error) {
	b, err := newBaseline(ctx, func() (*Snapshot, error) { return p.open(&p.before) }, tenants, o)
	if err != nil {
		return nil, err
	}
	b.Info.Digest = p.digest
	if path == "" {
		return b, nil
	}
	return b, b.approvedAs(path)
}
