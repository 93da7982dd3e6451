package document

// The kinds of evidence from Immuta, and of the gap about the reader itself.
const (
	// KindConfiguration is Immuta's record of one export: the JSON of
	// scanner.ExportConfiguration.
	KindConfiguration Kind = "configuration"
	// KindConfigurations is the tenant's list; it occurs only in gaps.
	KindConfigurations Kind = "configurations"
	// KindTenant is the JSON of scanner.Tenant without gaps.
	KindTenant Kind = "tenant"
	// KindCaller occurs only in gaps: the account's credentials.
	KindCaller Kind = "caller"
)

func immutaRows() []row {
	return []row{
		{kind: KindConfiguration, noun: "configuration", subject: SubjectExport, aspect: AspectConfiguration, limit: noLimit},
		{kind: KindConfigurations, noun: "configurations", file: "tenant", subject: SubjectTenant, aspect: AspectConfiguration, limit: noLimit},
		{kind: KindTenant, noun: "tenant", file: "tenant", subject: SubjectTenant, aspect: AspectConfiguration, limit: noLimit},
		{kind: KindCaller, noun: "caller", file: "caller", subject: SubjectReader, limit: noLimit},
	}
}
