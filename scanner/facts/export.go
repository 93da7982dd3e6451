package facts

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/tls"
	"github.com/trailguard/trailguard/scanner/facts/internal/trust"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// export is one record while its facts are derived.
type export struct {
	*view.View
	role  *trust.Role
	facts fact.Facts
	d     *Deriver
	since *Since // nil: there is no baseline

	// What several facts read is read once.
	ownershipRead func() ownership
	putRead       func() *fact.Of[fact.PutObject]
	activeRead    func() *fact.Of[fact.WriterKey]
	useRead       func() *fact.Of[fact.KeyUse]
	arrivedRead   func() (arrived, scanner.FactStatus)
}

func newExport(d *Deriver, r *scanner.Record, since *Since) *export {
	e := &export{View: view.New(d.run, r), d: d, since: since}
	e.role = trust.Read(e.View)
	e.ownershipRead = sync.OnceValue(e.readOwnership)
	e.putRead = sync.OnceValue(e.putObject)
	e.activeRead = sync.OnceValue(e.writerKey)
	e.useRead = sync.OnceValue(e.keyUse)
	e.arrivedRead = sync.OnceValues(e.readArrived)
	return e
}

// derivations fill in the facts, by name. Each is independent of the others, so that
// a gap reaches only the facts whose answer it could change, and so that those that
// nobody asks for can be left out. Those about changes since the baseline list all of
// their aspects: which of them matter is for the rules to say.
var derivations = map[string]func(*export){
	"connection":           func(e *export) { e.facts.Connection = e.connection() },
	"enabled":              func(e *export) { e.facts.Enabled = e.enabled() },
	"interval":             func(e *export) { e.facts.Interval = e.interval() },
	"endpoint":             func(e *export) { e.facts.Endpoint = e.endpoint() },
	"authentication":       func(e *export) { e.facts.Authentication = e.authentication() },
	"delivery":             func(e *export) { e.facts.Delivery = e.delivery() },
	"continuity":           func(e *export) { e.facts.Continuity = e.continuity() },
	"external_id_accepted": func(e *export) { e.facts.ExternalIDAccepted = e.role.ExternalIDAccepted() },
	"external_id_bypass":   func(e *export) { e.facts.ExternalIDBypass = e.role.ExternalIDBypass() },
	"trusted_principals":   func(e *export) { e.facts.TrustedPrincipals = e.role.TrustedPrincipals() },
	"other_doors":          func(e *export) { e.facts.OtherDoors = e.role.OtherDoors() },
	"deleted_principals":   func(e *export) { e.facts.DeletedPrincipals = e.deletedPrincipals() },
	"writer":               func(e *export) { e.facts.Writer = e.writer() },
	"organization":         func(e *export) { e.facts.Organization = e.organization() },
	"writer_key":           func(e *export) { e.facts.WriterKey = e.activeRead() },
	"key_age":              func(e *export) { e.facts.KeyAge = e.keyAge() },
	"put_object":           func(e *export) { e.facts.PutObject = e.putRead() },
	"writer_excess":        func(e *export) { e.facts.WriterExcess = e.writerExcess() },
	"foreign_writers":      func(e *export) { e.facts.ForeignWriters = e.foreignWriters() },
	"foreign_readers":      func(e *export) { e.facts.ForeignReaders = e.foreignReaders() },
	"bucket":               func(e *export) { e.facts.Bucket = e.bucket() },
	"bucket_owner":         func(e *export) { e.facts.BucketOwner = e.bucketOwner() },
	"bucket_region":        func(e *export) { e.facts.BucketRegion = e.bucketRegion() },
	"public_access":        func(e *export) { e.facts.PublicAccess = e.publicAccess() },
	"tls":                  func(e *export) { e.facts.TLS = tls.Required(e.View) },
	"encryption":           func(e *export) { e.facts.Encryption = e.encryption() },
	"key_state":            func(e *export) { e.facts.KeyState = e.keyState() },
	"key_life":             func(e *export) { e.facts.KeyLife = e.keyLife() },
	"key_rotation":         func(e *export) { e.facts.KeyRotation = e.keyRotation() },
	"key_use":              func(e *export) { e.facts.KeyUse = e.useRead() },
	"key_decrypt":          func(e *export) { e.facts.KeyDecrypt = e.keyDecrypt() },
	"versioning":           func(e *export) { e.facts.Versioning = e.versioning() },
	"object_lock":          func(e *export) { e.facts.ObjectLock = e.objectLock() },
	"retention":            func(e *export) { e.facts.Retention = e.retention() },
	"object_ownership":     func(e *export) { e.facts.ObjectOwnership = e.objectOwnership() },
	"silent_denial":        func(e *export) { e.facts.SilentDenial = e.silentDenial() },
	"access_log":           func(e *export) { e.facts.AccessLog = e.accessLog() },
	"writers_confined":     func(e *export) { e.facts.WritersConfined = e.writersConfined() },
	"role_use":             func(e *export) { e.facts.RoleUse = e.roleUse() },
	"owner":                func(e *export) { e.facts.Owner = e.owner() },
	"destination":          func(e *export) { e.facts.Destination = e.ownDestination() },
	"sas_token":            func(e *export) { e.facts.SASToken = e.sasToken() },
	"configuration_drift":  func(e *export) { e.facts.ConfigurationDrift = e.changed(document.AspectConfiguration) },
	"access_widened":       func(e *export) { e.facts.AccessWidened = e.changed(document.AspectAccess) },
	"access_lost":          func(e *export) { e.facts.AccessLost = e.changed(document.AspectAccess, document.AspectWriter) },
	"protection_drift":     func(e *export) { e.facts.ProtectionDrift = e.changed(document.AspectProtection) },
}

// derive fills in the facts that are required.
func (e *export) derive() {
	for _, derive := range e.d.derivations {
		derive(e)
	}
}
