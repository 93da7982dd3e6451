package aws

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

// plan is what a run has to find out, each thing once, by account.
type plan struct {
	subjects map[string]*subject
	order    []*subject
	progress sync.Mutex
	done     int
}

// subject is a bucket, a path, a role or a user, or a question that cannot be
// asked.
type subject struct {
	account string // the account whose credentials it probably uses
	run     func(ctx context.Context) batch
	finish  chan struct{}
	out     batch
	fault   error // a panic
	users   int   // records that still need it
}

// want returns the subject of a key, new or already planned.
func (p *plan) want(key, account string, run func(ctx context.Context) batch) *subject {
	s, ok := p.subjects[key]
	if !ok {
		s = &subject{account: account, run: run, finish: make(chan struct{})}
		p.subjects[key] = s
		p.order = append(p.order, s)
	}
	s.users++
	return s
}

// build plans what each record needs.
func (p *plan) build(r *run, records []scanner.Record) [][]*subject {
	plans := map[bucketID]*bucketPlan{}
	for i := range records {
		r.planBucket(plans, &records[i])
	}
	wanted := make([][]*subject, len(records))
	for i := range records {
		cfg := &records[i].Configuration
		if cfg.Endpoint.Type != scanner.EndpointS3 {
			continue
		}
		wanted[i] = append(p.bucketSubjects(r, plans, &records[i]), p.writerSubject(r, plans, &records[i]))
		if r.organization != nil {
			wanted[i] = append(wanted[i], p.organizationSubject(r, &records[i]))
		}
		if r.callerGap != nil {
			wanted[i] = append(wanted[i], p.callerSubject(r))
		}
	}
	return wanted
}

// callerSubject is the gap for credentials whose owner is not known.
func (p *plan) callerSubject(r *run) *subject {
	return p.want("caller", "", func(context.Context) batch {
		b := batch{}
		b.fail(document.KindCaller, "arn:"+r.partition()+":sts:::caller", "", r.callerGap)
		return b
	})
}

// organizationSubject reads the organization, with the control policies above
// the writer's account. Those above the accounts of bucket and key are read
// with bucket and key.
func (p *plan) organizationSubject(r *run, record *scanner.Record) *subject {
	role, user := r.writerARNs(record)
	accounts := []string{parseARN(role).Account, parseARN(user).Account}
	return p.want("organization "+strings.Join(accounts, " "), parseARN(r.options.Organization.AssumeRole).Account, func(ctx context.Context) batch {
		return r.organizationBatch(ctx, accounts...)
	})
}

// launch works through the subjects, all accounts concurrently. An account has
// more subjects in work than calls open, since most subjects ask one thing
// after another.
func (p *plan) launch(ctx context.Context, r *run, group *sync.WaitGroup) {
	byAccount := map[string][]*subject{}
	for _, s := range p.order {
		byAccount[s.account] = append(byAccount[s.account], s)
	}
	for _, queue := range byAccount { // accounts do not depend on each other
		next := make(chan *subject)
		group.Go(func() {
			defer close(next)
			for _, s := range queue {
				next <- s
			}
		})
		for range min(len(queue), 2*r.options.Concurrency) {
			group.Go(func() {
				for s := range next {
					p.work(ctx, r, s)
				}
			})
		}
	}
}

// work finds out one thing. In a run that was stopped it is still called: every
// call then fails at once, and says so.
func (p *plan) work(ctx context.Context, r *run, s *subject) {
	defer close(s.finish)
	defer crash.Catch(&s.fault)
	s.out = s.run(ctx)
	p.progress.Lock()
	defer p.progress.Unlock()
	p.done++
	r.options.Progress(p.done, len(p.order))
}

// take waits for a subject. After the last record that needs it, its memory is
// freed.
func (p *plan) take(s *subject) batch {
	<-s.finish
	if s.fault != nil {
		panic(s.fault) // in the goroutine of the caller, who can catch it
	}
	out := s.out
	if s.users--; s.users == 0 {
		s.out = batch{}
	}
	return batch{evidence: slices.Clone(out.evidence), gaps: slices.Clone(out.gaps)}
}
