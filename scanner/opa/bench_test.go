package opa_test

import (
	"testing"

	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

// ordinary is a healthy export with its facts as they usually are.
func ordinary(t testing.TB) *scanner.Subject {
	t.Helper()
	const role, key = "arn:aws:iam::111111111111:role/immuta-audit", "arn:aws:kms:us-east-1:111111111111:key/1"
	none := []any{}
	return subject(t, map[string]any{
		"connection":           value{"status": "SUCCESS", "succeeded": true, "role_arn": "", "principal": ""},
		"enabled":              value{"enabled": true},
		"interval":             interval(12),
		"endpoint":             value{"type_name": "S3", "type": "s3", "form": "bucket", "bucket": "audit", "recognised": true},
		"authentication":       value{"method": "role"},
		"delivery":             value{"bucket": "audit", "prefix": "p/", "fresh": true, "allowed_hours": 36, "newest_key": "p/1", "newest_time": "2026-01-01T00:00:00Z", "age_hours": 3, "lost_since": "", "retention_days": 90},
		"continuity":           value{"bucket": "audit", "prefix": "p/", "continuous": true, "allowed_hours": 36, "since": "2025-12-01T00:00:00Z", "objects": 60, "bytes": 6000, "holes": 0, "hole_from": "", "hole_to": "", "hole_hours": 0, "lasts": false},
		"external_id_accepted": value{"role_arn": role, "configuration_id": exportID, "accepted": true, "demanded_ids": []any{exportID}, "why": "", "at": ""},
		"external_id_bypass":   value{"role_arn": role, "accesses": none},
		"trusted_principals":   value{"role_arn": role, "expected": []any{"222222222222"}, "principals": []any{value{"principal": "222222222222", "account": "222222222222", "kind": "account", "expected": true, "at": "", "key": "k"}}},
		"other_doors":          value{"role_arn": role, "doors": none},
		"deleted_principals":   value{"principals": none},
		"writer":               value{"arn": role, "kind": "role", "known": true, "source": "immuta", "exists": true},
		"put_object":           value{"writer": role, "target": bucket + "/p/*", "granted": true, "denied": false, "missing": none, "at": ""},
		"writer_excess":        value{"writer": role, "bucket": "audit", "excess": none},
		"foreign_writers":      value{"bucket": "audit", "accesses": none},
		"foreign_readers":      value{"bucket": "audit", "accesses": none},
		"bucket":               value{"name": "audit", "exists": true},
		"bucket_owner":         value{"name": "audit", "account": "111111111111", "expected": true, "accounts": []any{"111111111111"}},
		"bucket_region":        value{"name": "audit", "region": "us-east-1", "configured": "us-east-1", "allowed": []any{"us-east-1"}},
		"public_access":        value{"bucket": "audit", "ways": none},
		"tls":                  value{"bucket": "audit", "required": true, "missing": none, "at": ""},
		"encryption":           value{"bucket": "audit", "configured": true, "algorithm": "aws:kms", "key": key, "customer_key": true, "expected": "aws:kms", "refuses_customer_keys": true},
		"key_state":            value{"key": key, "state": "Enabled", "enabled": true, "unfit": ""},
		"key_life":             value{"key": key, "state": "Enabled", "scheduled": false, "deletion": "", "empty": false, "expires": "", "days": 0, "expired": false},
		"key_rotation":         value{"key": key, "possible": true, "why": "", "enabled": true, "period_days": 365},
		"key_use":              value{"key": key, "writer": role, "granted": true, "denied": false, "missing": none, "at": ""},
		"key_decrypt":          value{"key": key, "writer": role, "granted": true, "denied": false, "missing": none, "at": ""},
		"versioning":           value{"bucket": "audit", "status": "Enabled", "enabled": true},
		"object_lock":          value{"bucket": "audit", "enabled": true, "mode": "COMPLIANCE", "days": 400, "expected_days": 365, "bypass": none},
		"retention":            value{"bucket": "audit", "prefix": "p/", "expected_days": 365, "expiries": none},
		"object_ownership":     value{"bucket": "audit", "setting": "BucketOwnerEnforced", "owner": "", "writer_account": "", "readable": true, "at": ""},
		"silent_denial":        value{"bucket": "audit", "writer": role, "target": bucket + "/p/*", "refusals": none},
		"destination":          value{"place": "s3://audit/p/", "others": none, "more": 0},
		"access_log":           value{"bucket": "audit", "prefix": "p/", "logged": true, "by": []any{"s3://logs/"}, "declared": none, "itself": false, "partial": none},
		"writers_confined":     value{"bucket": "audit", "target": bucket + "/p/*", "writer": role, "break_glass": none, "unconfined": none},
		"role_use":             value{"role_arn": role, "others": none},
		"owner":                value{"name": "finance"},
	})
}

func BenchmarkLoad(b *testing.B) {
	processor.Report(b)
	for b.Loop() {
		if _, err := opa.Load(b.Context(), shipped()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	engine, s := load(b, shipped()), ordinary(b)
	b.ReportMetric(float64(len(engine.Rules())), "rules")
	processor.Report(b)
	for b.Loop() {
		if _, err := engine.Evaluate(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

// TestOrdinaryExportPasses keeps the benchmark honest, and healthy exports
// free of findings.
func TestOrdinaryExportPasses(t *testing.T) {
	for id, result := range evaluate(t, load(t, shipped()), ordinary(t)) {
		apart := id == "configuration_unchanged" || id == "access_not_widened" || id == "access_not_lost" || id == "protection_not_weakened" ||
			id == "writer_key_active" || id == "access_key_fresh" || id == "sas_token_fresh" || // there is neither a baseline nor an access key
			id == "organization_matches" // nobody declares one
		if (result.Status != scanner.StatusPass) != apart {
			t.Errorf("%s is %s", id, result.Status)
		}
	}
}

// BenchmarkRule asks every rule alone, each with the input built anew, which
// BenchmarkRule/none takes by itself.
func BenchmarkRule(b *testing.B) {
	engine, s := load(b, shipped()), ordinary(b)
	for _, rule := range engine.Rules() {
		if rule.Scope != scanner.ScopeExport {
			continue
		}
		b.Run(rule.ID, func(b *testing.B) {
			alone, err := engine.Select(rule.ID)
			if err != nil {
				b.Fatal(err)
			}
			processor.Report(b)
			for b.Loop() {
				if _, err := alone.Evaluate(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
