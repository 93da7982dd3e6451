package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
)

// configFlags say which configuration is read, and which of its tenants.
type configFlags struct {
	config  string
	tenants []string
}

func (c *configFlags) register(flags *pflag.FlagSet) {
	c.registerFile(flags)
	flags.StringArrayVar(&c.tenants, "tenant", nil, "only this tenant `NAME` (repeatable)")
}

// registerFile adds the flag of commands that do not select tenants.
func (c *configFlags) registerFile(flags *pflag.FlagSet) {
	flags.StringVar(&c.config, "config", "", "configuration `FILE` (default: "+config.DefaultName+" in this folder)")
}

// names lists the tenants that are selected.
func (c *configFlags) names(of *config.Config) []string {
	chosen := scanner.Selection{Tenants: c.tenants}
	var names []string
	for i := range of.Tenants {
		if name := of.Tenants[i].Name; chosen.Tenant(name) {
			names = append(names, name)
		}
	}
	return names
}

// load reads the configuration that was named, or the one in this folder.
func (c *configFlags) load() (*config.Config, error) {
	path := c.config
	if path == "" {
		path = config.DefaultName
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(config.OtherName); err == nil {
				return config.Load(config.OtherName)
			}
			return nil, fmt.Errorf("%w: there is no %s in this folder and --config names none; trailguard demo needs neither", config.ErrNotFound, config.DefaultName)
		}
	}
	return config.Load(path)
}

// loadIfNamed reads the configuration for commands that can do without one. A
// file that happens to lie in this folder must not change what a snapshot
// means.
func (c *configFlags) loadIfNamed() (*config.Config, error) {
	if c.config == "" {
		return &config.Config{}, nil
	}
	return config.Load(c.config)
}
