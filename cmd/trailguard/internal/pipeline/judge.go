// Package pipeline wires the stages of a scan: which sources, collectors,
// rules and settings a configuration means. It holds no judgement of its own.
package pipeline

import (
	"context"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/opa"
)

// Judge derives facts and has rules judge them.
type Judge struct {
	Deriver *facts.Deriver
	Engine  *opa.Engine
}

// Rules implements scanner.Judge.
func (j *Judge) Rules() []scanner.Rule { return j.Engine.Rules() }

// Record implements scanner.Judge.
func (j *Judge) Record(ctx context.Context, record *scanner.Record) ([]scanner.Result, error) {
	subject, err := j.Deriver.Record(record)
	if err != nil {
		return nil, err
	}
	return j.Engine.Evaluate(ctx, subject)
}

// Tenant implements scanner.Judge.
func (j *Judge) Tenant(ctx context.Context, tenant *scanner.Tenant) ([]scanner.Result, error) {
	subject, err := j.Deriver.Tenant(tenant)
	if err != nil {
		return nil, err
	}
	return j.Engine.Evaluate(ctx, subject)
}
