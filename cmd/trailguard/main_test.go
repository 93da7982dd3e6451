package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

var (
	update     = flag.Bool("update", false, "rewrite the expectations below testdata")
	everyFault = flag.Bool("every-fault", false, "let every single call of a scan fail in every way")
)

func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"trailguard": func() {
			os.Exit(guarded(context.Background()))
		},
	})
}

// suite runs the tests in an environment that holds the credentials of every
// sandbox and nobody else's, and fails them when a goroutine is left behind.
type suite struct{ m *testing.M }

// Run implements testscript.TestingM.
func (s suite) Run() int {
	if err := errors.Join(setEnvironment()...); err != nil {
		panic(err)
	}
	code := s.m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// setEnvironment takes away what would lead a scan elsewhere, such as an AWS
// profile, and sets what the sandboxes want.
func setEnvironment() []error {
	var errs []error
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "TRAILGUARD_") {
			errs = append(errs, os.Unsetenv(name))
		}
	}
	for name, value := range testEnvironment() {
		errs = append(errs, os.Setenv(name, value))
	}
	return errs
}

// testEnvironment is the environment of tests that run a scan in their own
// process. It is the same for all of them, so that they can run side by side.
func testEnvironment() map[string]string {
	return map[string]string{
		"IMMUTA_API_KEY":              "sandbox-api-key",
		"AWS_ACCESS_KEY_ID":           "AKIAREADERONEEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":       "sandbox-secret-access-key",
		"AWS_REGION":                  "eu-west-1",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",
	}
}

func TestScript(t *testing.T) {
	params := testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                scriptCommands(),
		Setup:               scriptSetup(scriptVariables(t)),
	}
	if testing.Short() {
		for _, name := range shortScripts {
			params.Files = append(params.Files, filepath.Join(params.Dir, name+".txtar"))
		}
		params.Dir = ""
	}
	testscript.Run(t, params)
}

// shortScripts are the scripts that -short leaves: together they do everything
// that the program does side by side.
var shortScripts = []string{
	"demo", "evidence_history", "history", "plan", "publish", "scan_could_not_run", "scan_history", "scan_parallel", "scan_who",
}
