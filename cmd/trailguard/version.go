package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
)

// versionInfo is the JSON output of version.
type versionInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func printVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "trailguard %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func newVersionCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  trailguard version",
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return cli.WriteJSON(a.Stdout, versionInfo{app.Name, version, runtime.Version(), runtime.GOOS, runtime.GOARCH})
			}
			return printVersion(a.Stdout)
		},
	}
	cli.JSONFlag(cmd.Flags(), &asJSON)
	return cmd
}
