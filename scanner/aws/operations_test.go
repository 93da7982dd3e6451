package aws

import (
	"slices"
	"testing"
)

func TestOperationsAreDescribed(t *testing.T) {
	var calls []string
	for _, op := range Operations() {
		calls = append(calls, op.Call())
		if op.Permission == "" || op.Resource == "" || op.Reason == "" {
			t.Errorf("%+v lacks something", op)
		}
	}
	if slices.Sort(calls); len(slices.Compact(calls)) != len(Operations()) {
		t.Error("an operation is listed twice")
	}
}
