package scanner

import (
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// ReportFormatVersion is the version of the report's JSON.
const ReportFormatVersion = 1

// Report is the outcome of a run. Its JSON is a published format: sorted
// lists, empty lists instead of null, and no field that depends on anything
// but the snapshot, the rules and the settings.
type Report struct {
	FormatVersion int            `json:"formatVersion"`
	Tool          Tool           `json:"tool"`
	Scan          ScanInfo       `json:"scan"`
	Summary       Summary        `json:"summary"`
	Tenants       []TenantResult `json:"tenants"`
	Exports       []ExportResult `json:"exports"`
	// Controls are those that the rules bear on, by framework and number.
	Controls []ControlResult `json:"controls"`
	Findings []Finding       `json:"findings"`
	Drift    []Change        `json:"drift"`
	Gaps     []Gap           `json:"gaps"`
	Waivers  WaiverReport    `json:"waivers"`
	// Attestations stand beside results and change none; absent: there are none.
	Attestations []Attestation `json:"attestations,omitempty"`
	// Trend is what the runs of the history found that judged all exports of the same
	// tenants by all rules, this one included: those of the last 90 days, oldest first.
	// Absent: there is no history, or only a part was judged.
	Trend []TrendPoint `json:"trend,omitempty"`
	// Rules are the METADATA of the rules that ran, for reporters. They are
	// not part of the JSON; tool.rulesDigest is.
	Rules []Rule `json:"-"`
	// LeftOut are the rules that were loaded and left out of the run.
	LeftOut []Rule `json:"-"`
	// Selected says that only some exports were judged.
	Selected bool `json:"-"`
	// Annex is what a reader is shown of the evidence; nil where it was not asked for.
	Annex *Annex `json:"-"`
}

// Tool is what made the report.
type Tool struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	RulesDigest string `json:"rulesDigest"` // SHA-256 over the rules' sources
}

// ScanInfo is the report's identity.
type ScanInfo struct {
	CollectedAt    time.Time     `json:"collectedAt"`
	EvaluatedAt    time.Time     `json:"evaluatedAt"` // everything is judged as of this time
	SnapshotDigest string        `json:"snapshotDigest"`
	Baseline       *BaselineInfo `json:"baseline"`
	History        *RecordedRun  `json:"history,omitempty"` // absent: the run is not recorded
	Plan           *PlanInfo     `json:"plan,omitempty"`    // absent: nothing is planned
	// Complete is false when anything that a rule needed could not be read.
	Complete bool `json:"complete"`
	// Interrupted is true when the run was stopped before it had collected
	// everything.
	Interrupted bool `json:"interrupted"`
	// Partial is true when only some exports or rules were judged.
	Partial     bool     `json:"partial,omitzero"`
	Assumptions []string `json:"assumptions"`
	// ExitStatus is what the run exits with.
	ExitStatus int `json:"exitStatus"`
	// Error is why the run could not run; absent where it could. Nothing was
	// judged then.
	Error string `json:"error,omitempty"`
}

// BaselineInfo says what the report compared with.
type BaselineInfo struct {
	Digest   string    `json:"digest"`
	Approved *Approval `json:"approved"` // null: nobody approved it
}

// RecordedRun says where in the history the run is.
type RecordedRun struct {
	Run int64 `json:"run"`
	// Head is the hash of the run's entry in the ledger, which covers all
	// before it.
	Head string `json:"head"`
}

// Approval is somebody's word that a snapshot is the state to keep.
type Approval struct {
	Digest string    `json:"digest"` // of the snapshot
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	// HistoryHead is the head of the history's ledger with this approval in it; empty
	// where it is in no history. A history without it was cut off, or is an older copy.
	HistoryHead string `json:"historyHead,omitempty"`
}

// TrendPoint is what one run of a history found.
type TrendPoint struct {
	Run         int64     `json:"run"`
	CollectedAt time.Time `json:"collectedAt"`
	Complete    bool      `json:"complete"` // everything was assessed
	Exports     int       `json:"exports"`
	Failing     int       `json:"failing"` // results, those that are waived included
	Waived      int       `json:"waived"`
	NotAssessed int       `json:"notAssessed"` // results that are unknown, or whose rule erred
}

// Summary counts results.
type Summary struct {
	Tenants    int              `json:"tenants"`
	Exports    int              `json:"exports"`
	Rules      int              `json:"rules"`
	ByStatus   map[Status]int   `json:"byStatus"`   // results (rule × subject), every status present
	BySeverity map[Severity]int `json:"bySeverity"` // unwaived fails, every severity present
	// Waived counts fails that a waiver covers.
	Waived   int      `json:"waived"`
	Coverage Coverage `json:"coverage"`
}

// NotAssessed is how many results nobody knows: unknown ones, and those whose rule erred.
func (s *Summary) NotAssessed() int { return s.ByStatus[StatusUnknown] + s.ByStatus[StatusError] }

// Coverage says how much of what was to be judged could be judged.
type Coverage struct {
	Assessed int `json:"assessed"` // pass and fail results
	// Applicable counts the results of rules that have something to judge, and
	// NotApplicable the others: together they are the total.
	Applicable    int     `json:"applicable"`
	NotApplicable int     `json:"notApplicable"`
	Total         int     `json:"total"`
	Percent       float64 `json:"percent"` // of what applies, rounded down to one decimal, so that 100 means all
}

// TenantResult is one tenant with the status of every tenant rule.
type TenantResult struct {
	Name     string            `json:"name"`
	URL      string            `json:"url"`
	Complete bool              `json:"complete"`
	Results  map[string]Status `json:"results"`
	// ConfigurationIDs are the ids of all exports that the tenant lists, judged
	// or not.
	ConfigurationIDs []string `json:"-"`
}

// ExportResult is one export with the status of every export rule.
type ExportResult struct {
	Tenant           string   `json:"tenant"`
	ID               string   `json:"id"`
	Enabled          *bool    `json:"enabled"` // null: Immuta did not say
	Interval         string   `json:"interval"`
	ConnectionStatus string   `json:"connectionStatus"`
	Endpoint         Endpoint `json:"endpoint"`
	Owner            string   `json:"owner,omitempty"`
	BucketAccount    string   `json:"bucketAccount,omitempty"` // that owns the bucket; absent: not known
	BucketRegion     string   `json:"bucketRegion,omitempty"`  // where S3 says that it is; absent: not known
	// LastDelivery is when the newest object of the export arrived; absent: not
	// known, nothing at all, or nothing is due.
	LastDelivery time.Time         `json:"lastDelivery,omitzero"`
	Results      map[string]Status `json:"results"`
}

// Effect says what a change does to access or protection.
type Effect string

// The effects of a change.
const (
	EffectWidened      Effect = "widened"
	EffectNarrowed     Effect = "narrowed"
	EffectEquivalent   Effect = "equivalent"
	EffectMixed        Effect = "mixed"
	EffectWeaker       Effect = "weaker"
	EffectStronger     Effect = "stronger"
	EffectAdded        Effect = "added"
	EffectRemoved      Effect = "removed"
	EffectChanged      Effect = "changed"
	EffectRecreated    Effect = "recreated" // a new id for the same destination
	EffectIncomparable Effect = "incomparable"
)

// Change is one difference between two snapshots.
type Change struct {
	Tenant   string        `json:"tenant"`
	ExportID string        `json:"exportId"`
	Kind     document.Kind `json:"kind"`
	Resource string        `json:"resource"`
	Name     string        `json:"name,omitempty"`
	Pointer  string        `json:"pointer"`
	Before   string        `json:"before"`
	After    string        `json:"after"`
	Effect   Effect        `json:"effect"`
	// Message says in one sentence what changed and what it breaks.
	Message string `json:"message"`
	// Witness is a request that is answered differently now.
	Witness *Witness `json:"witness,omitempty"`
	// ChangedBy are the resources of a plan that change the document.
	ChangedBy []ChangedBy `json:"changedBy,omitempty"`
	// Who is who made the change, as far as CloudTrail was asked.
	Who *Who `json:"who,omitempty"`
	// Diff is the difference of the normalised documents, a line each,
	// prefixed with "+", "-" or a blank.
	Diff []string `json:"diff,omitempty"`
}

// Witness is a request that proves a change of access.
type Witness struct {
	Principal string              `json:"principal"`
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context,omitempty"`
}

// WaiverReport says what became of each waiver.
type WaiverReport struct {
	Applied  []WaiverUse `json:"applied"`
	Expired  []WaiverUse `json:"expired"`
	Unused   []WaiverUse `json:"unused"`
	Expiring []WaiverUse `json:"expiring"` // applied, and within 14 days of their end
}

// WaiverUse is a waiver with what it covered.
type WaiverUse struct {
	Waiver
	Rules     []string `json:"rules"`
	Exports   []string `json:"exports,omitempty"`
	Resources []string `json:"resources,omitempty"`
	// Permission is the permission or call of an accepted gap.
	Permission string `json:"permission,omitempty"`
	// Key is the condition key of an unknown that is accepted.
	Key      string `json:"key,omitempty"`
	Findings int    `json:"findings"` // fails, gaps or unknowns that it covers in this run
}
