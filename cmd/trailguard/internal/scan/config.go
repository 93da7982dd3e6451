package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
)

// ConfigFlags say which configuration is read, and which of its tenants.
type ConfigFlags struct {
	Config  string
	Tenants []string
}

// Register adds the flags.
func (c *ConfigFlags) Register(flags *pflag.FlagSet) {
	c.RegisterFile(flags)
	flags.StringArrayVar(&c.Tenants, "tenant", nil, "only this tenant `NAME` (repeatable)")
}

// RegisterFile adds the flag of commands that do not select tenants.
func (c *ConfigFlags) RegisterFile(flags *pflag.FlagSet) {
	flags.StringVar(&c.Config, "config", "", "configuration `FILE` (default: "+config.DefaultName+" in this folder)")
}

// Names lists the tenants that are selected.
func (c *ConfigFlags) Names(of *config.Config) []string {
	chosen := scanner.Selection{Tenants: c.Tenants}
	var names []string
	for i := range of.Tenants {
		if name := of.Tenants[i].Name; chosen.Tenant(name) {
			names = append(names, name)
		}
	}
	return names
}

// Load reads the configuration that was named, or the one in this folder.
func (c *ConfigFlags) Load() (*config.Config, error) {
	path := c.Config
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

// LoadIfNamed reads the configuration for commands that can do without one. A
// file that happens to lie in this folder must not change what a snapshot
// means.
func (c *ConfigFlags) LoadIfNamed() (*config.Config, error) {
	if c.Config == "" {
		return &config.Config{}, nil
	}
	return config.Load(c.Config)
}
