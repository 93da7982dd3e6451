package main

import (
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
)

// checkedFile is what the check of a file says to a program, in JSON.
type checkedFile struct {
	File       string   `json:"file"`
	WellFormed bool     `json:"wellFormed"`
	Mistakes   []string `json:"mistakes"` // with file and line
	Notes      []string `json:"notes"`    // what is well formed, and may not be meant
}

func newCheckedFile(path string, notes []string, err error) checkedFile {
	c := checkedFile{File: path, WellFormed: err == nil, Mistakes: []string{}, Notes: append([]string{}, notes...)}
	if err != nil {
		c.Mistakes = strings.Split(err.Error(), "\n")
	}
	return c
}

// printChecked prints what the check of files found, whether they are well formed or not.
func printChecked(a *app.App, files []checkedFile) error {
	return cli.WriteJSON(a.Stdout, map[string][]checkedFile{"files": files})
}
