// Package config reads trailguard.yaml: strictly, so that a misspelt key is an
// error with its line and not a setting that silently does nothing. It holds
// no secret, only references to where one is (env:NAME or file:PATH).
package config

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Config is the content of trailguard.yaml.
type Config struct {
	Tenants []Tenant              `yaml:"tenants"`
	AWS     AWS                   `yaml:"aws"`
	Expect  Expect                `yaml:"expect"`
	Exports map[string]ExportHint `yaml:"exports"`
	FailOn  string                `yaml:"failOn"`
	Waivers string                `yaml:"waivers"`
	// Attestations is the file of what was looked at by hand.
	Attestations string   `yaml:"attestations"`
	Rules        []string `yaml:"rules"`
	History      string   `yaml:"history"`
	// RuleSettings are the parameters of rules, by id: a mapping each.
	RuleSettings map[string]yamlfile.Value `yaml:"ruleSettings"`
	// Publish is whom trailguard publish and trailguard serve tell.
	Publish Publish `yaml:"publish"`
	// Schedule and Serve are for trailguard serve alone.
	Schedule Schedule `yaml:"schedule"`
	Serve    Serve    `yaml:"serve"`
	// Path is where the configuration was read from; relative paths in it are
	// relative to that file's folder.
	Path string `yaml:"-"`
}

// Tenant is one Immuta instance.
type Tenant struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
	// APIKey is a reference, env:NAME or file:PATH.
	APIKey   string  `yaml:"apiKey"`
	CABundle string  `yaml:"caBundle"`
	AWS      *AWS    `yaml:"aws"`
	Expect   *Expect `yaml:"expect"`
	// Schedule goes over the common one.
	Schedule *Schedule `yaml:"schedule"`
}

// AWS is how AWS is reached.
type AWS struct {
	Profile   string             `yaml:"profile"`
	Region    string             `yaml:"region"`
	CABundle  string             `yaml:"caBundle"`
	Endpoint  string             `yaml:"endpoint"`
	Endpoints map[string]string  `yaml:"endpoints"`
	Accounts  map[string]Account `yaml:"accounts"`
	// Organization is the role that reads the organization: of its management
	// account or of a delegated administrator.
	Organization Account `yaml:"organization"`
}

// Account is the role to assume for reading another account.
type Account struct {
	AssumeRole string `yaml:"assumeRole"`
	// RoleName is what the role is called in every account; of the default only.
	RoleName   string `yaml:"roleName"`
	ExternalID string `yaml:"externalId"`
}

// DefaultAccount is the name under which Accounts holds how those are read that
// it does not name.
const DefaultAccount = "default"

// Expect is what the operator expects; see scanner.Expect for units.
type Expect struct {
	ImmutaAccounts   []string `yaml:"immutaAccounts"`
	ImmutaPrincipals []string `yaml:"immutaPrincipals"`
	MaxInterval      string   `yaml:"maxInterval"`
	DeliveryGrace    string   `yaml:"deliveryGrace"` // as time.ParseDuration reads it
	ContinuityDays   int      `yaml:"continuityDays"`
	// MayBeIdle is a pointer, so that a tenant can take back what is common.
	MayBeIdle           *bool    `yaml:"mayBeIdle"`
	Regions             []string `yaml:"regions"`
	BucketAccounts      []string `yaml:"bucketAccounts"`
	Encryption          string   `yaml:"encryption"`
	RetentionDays       int      `yaml:"retentionDays"`
	AccessKeyMaxAgeDays int      `yaml:"accessKeyMaxAgeDays"`
	BreakGlass          []string `yaml:"breakGlass"`
	Readers             []string `yaml:"readers"`
	DataEvents          []string `yaml:"dataEvents"`
	Organization        string   `yaml:"organization"`
	// Requests and AssumeRequests hold values by condition key.
	Requests         map[string]yamlfile.Texts `yaml:"requests"`
	AssumeRequests   map[string]yamlfile.Texts `yaml:"assumeRequests"`
	OtherExternalIDs []OtherExternalID         `yaml:"otherExternalIds"`
	// UploadChecksums is a pointer, so that a tenant can take back what is common.
	UploadChecksums *bool `yaml:"uploadChecksums"`
}

// ExportHint is what Immuta's API does not tell about one export.
type ExportHint struct {
	RoleARN       string `yaml:"roleArn"`
	UserARN       string `yaml:"userArn"`
	BucketAccount string `yaml:"bucketAccount"`
	Owner         string `yaml:"owner"`
	SASExpires    string `yaml:"sasExpires"` // YYYY-MM-DD
}

// Settings are those that judging depends on.
func (c *Config) Settings() scanner.Settings {
	s := scanner.Settings{Expect: map[string]scanner.Expect{}, Exports: map[string]scanner.ExportHint{}}
	for i := range c.Tenants {
		s.Expect[c.Tenants[i].Name] = c.TenantExpect(&c.Tenants[i])
	}
	for id, hint := range c.Exports {
		s.Exports[id] = scanner.ExportHint(hint)
	}
	for id, settings := range c.RuleSettings {
		if s.Rules == nil {
			s.Rules = map[string]json.RawMessage{}
		}
		s.Rules[id] = json.RawMessage(settings)
	}
	return s
}

// TenantExpect is the tenant's own expectations over the common ones, field by
// field.
func (c *Config) TenantExpect(t *Tenant) scanner.Expect {
	e := c.Expect
	if own := t.Expect; own != nil {
		e = Expect{
			ImmutaAccounts:      orCommon(own.ImmutaAccounts, e.ImmutaAccounts),
			ImmutaPrincipals:    orCommon(own.ImmutaPrincipals, e.ImmutaPrincipals),
			MaxInterval:         cmp.Or(own.MaxInterval, e.MaxInterval),
			DeliveryGrace:       cmp.Or(own.DeliveryGrace, e.DeliveryGrace),
			ContinuityDays:      cmp.Or(own.ContinuityDays, e.ContinuityDays),
			MayBeIdle:           cmp.Or(own.MayBeIdle, e.MayBeIdle),
			Regions:             orCommon(own.Regions, e.Regions),
			BucketAccounts:      orCommon(own.BucketAccounts, e.BucketAccounts),
			Encryption:          cmp.Or(own.Encryption, e.Encryption),
			RetentionDays:       cmp.Or(own.RetentionDays, e.RetentionDays),
			AccessKeyMaxAgeDays: cmp.Or(own.AccessKeyMaxAgeDays, e.AccessKeyMaxAgeDays),
			BreakGlass:          orCommon(own.BreakGlass, e.BreakGlass),
			Readers:             orCommon(own.Readers, e.Readers),
			DataEvents:          orCommon(own.DataEvents, e.DataEvents),
			Organization:        cmp.Or(own.Organization, e.Organization),
			Requests:            orCommonMap(own.Requests, e.Requests),
			AssumeRequests:      orCommonMap(own.AssumeRequests, e.AssumeRequests),
			OtherExternalIDs:    orCommon(own.OtherExternalIDs, e.OtherExternalIDs),
			UploadChecksums:     cmp.Or(own.UploadChecksums, e.UploadChecksums),
		}
	}
	grace, _ := time.ParseDuration(e.DeliveryGrace) // checked while loading; empty is zero
	return scanner.Expect{
		ImmutaAccounts: e.ImmutaAccounts, ImmutaPrincipals: e.ImmutaPrincipals,
		MaxInterval: e.MaxInterval, DeliveryGrace: grace,
		ContinuityDays: e.ContinuityDays, MayBeIdle: e.MayBeIdle != nil && *e.MayBeIdle, Regions: e.Regions, BucketAccounts: e.BucketAccounts,
		Encryption: e.Encryption, RetentionDays: e.RetentionDays, AccessKeyMaxAgeDays: e.AccessKeyMaxAgeDays,
		BreakGlass: e.BreakGlass, Readers: e.Readers, DataEvents: e.DataEvents, Organization: e.Organization,
		Requests: declarations(e.Requests), AssumeRequests: declarations(e.AssumeRequests),
		OtherExternalIDs: otherExternalIDs(e.OtherExternalIDs),
		UploadChecksums:  e.UploadChecksums != nil && *e.UploadChecksums,
	}
}

// TenantAWS is the tenant's own AWS settings over the common ones, field by
// field.
func (c *Config) TenantAWS(t *Tenant) AWS {
	a := c.AWS
	own := t.AWS
	if own == nil {
		return a
	}
	a.Profile = cmp.Or(own.Profile, a.Profile)
	a.Region = cmp.Or(own.Region, a.Region)
	a.CABundle = cmp.Or(own.CABundle, a.CABundle)
	a.Endpoint = cmp.Or(own.Endpoint, a.Endpoint)
	if own.Endpoints != nil {
		a.Endpoints = own.Endpoints
	}
	if own.Accounts != nil {
		a.Accounts = own.Accounts
	}
	if own.Organization != (Account{}) {
		a.Organization = own.Organization
	}
	return a
}

// orCommon is the tenant's own list where there is one, even an empty one.
func orCommon[T any](own, common []T) []T {
	if own != nil {
		return own
	}
	return common
}

// orCommonMap is the same for what has names.
func orCommonMap(own, common map[string]yamlfile.Texts) map[string]yamlfile.Texts {
	if own != nil {
		return own
	}
	return common
}
