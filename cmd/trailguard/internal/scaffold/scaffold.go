// Package scaffold holds what makes the bucket, role and key of a new export, for
// Terraform and for CloudFormation. It is text that people apply: this package creates
// nothing.
package scaffold

import _ "embed"

//go:embed aws.tf
var terraform string

//go:embed aws.yaml
var cloudFormation string

// Terraform is a module, and the name of its file.
func Terraform() (name, text string) { return "main.tf", terraform }

// CloudFormation is a template, and the name of its file.
func CloudFormation() (name, text string) { return "template.yaml", cloudFormation }
