package scanner

import (
	"fmt"
	"time"
)

// PeriodFormatVersion is the version of a period's JSON.
const PeriodFormatVersion = 1

// Period is what the runs of a history show of a period: what somebody asks who
// audits whether a control held all the time, and not on one day. A day on which no
// run judged the whole is not assessed, and never good. Days are by UTC.
type Period struct {
	FormatVersion int    `json:"formatVersion"`
	Tool          Tool   `json:"tool"` // without a digest of rules: each run had its own
	From          string `json:"from"` // YYYY-MM-DD
	To            string `json:"to"`   // YYYY-MM-DD, the last day
	// Framework limits controls, rules and episodes to those of one; absent: all.
	Framework string `json:"framework,omitempty"`
	// HistoryHead is the hash of the ledger's last entry when it was read.
	HistoryHead string   `json:"historyHead"`
	Tenants     []string `json:"tenants"`
	// Summary counts the days of the whole: a day is passing where every result that
	// applies passed.
	Summary    DayCounts        `json:"summary"`
	Calendar   []PeriodDay      `json:"calendar"`
	Controls   []ControlPeriod  `json:"controls"`
	Rules      []RulePeriod     `json:"rules"`
	Exports    []ExportPeriod   `json:"exports"`
	Episodes   []PeriodEpisode  `json:"episodes"`
	Waivers    []PeriodWaiver   `json:"waivers"`
	Approvals  []PeriodApproval `json:"approvals"`
	Deliveries []PeriodDelivery `json:"deliveries"`
}

// DayCounts counts days. Those on which there was something to say are assessed, not
// assessed or not applicable; those that are assessed are passing or failing.
type DayCounts struct {
	Days     int `json:"days"` // on which it was there
	Assessed int `json:"assessed"`
	Passing  int `json:"passing"`
	Failing  int `json:"failing"`
	// Waived counts the failing days on which a waiver covered every failure.
	Waived      int `json:"waived"`
	NotAssessed int `json:"notAssessed"`
	// WithoutRun counts the days, among those not assessed, on which no run judged
	// the tenant as a whole.
	WithoutRun    int `json:"withoutCompleteRun"`
	NotApplicable int `json:"notApplicable"`
}

// NotPassing says in words on how many days something failed or was not assessed,
// and for how many of these no complete run is why.
func (c *DayCounts) NotPassing() string {
	text := fmt.Sprintf("%d failing, %d not assessed", c.Failing, c.NotAssessed)
	if c.WithoutRun > 0 {
		text += fmt.Sprintf(" (%d without a complete run)", c.WithoutRun)
	}
	return text
}

// DayState says what a day's runs amount to.
type DayState string

// The states of a day.
const (
	DayPassing     DayState = "passing"
	DayFailing     DayState = "failing"
	DayNotAssessed DayState = "not_assessed" // something could not be assessed
	DayWithoutRun  DayState = "without_run"  // no run judged every tenant as a whole
)

// PeriodDay is one day.
type PeriodDay struct {
	Day   string   `json:"day"`
	State DayState `json:"state"`
	Runs  []int64  `json:"runs"`
	// Failing and Open count results after the last run of the day about each
	// subject: those that fail, and those that are unknown or went wrong.
	Failing int `json:"failing"`
	Open    int `json:"open"`
}

// ControlPeriod is a control over a period.
type ControlPeriod struct {
	Framework string `json:"framework"`
	ID        string `json:"id"`
	DayCounts

	Rules []string `json:"rules"` // that bore on it, in any run
}

// RulePeriod is a rule over a period, for all exports and tenants.
type RulePeriod struct {
	RuleID string `json:"ruleId"`
	DayCounts
}

// ExportPeriod is an export over a period, by all rules; or a tenant, by those of
// tenants.
type ExportPeriod struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId,omitempty"` // empty: the tenant itself
	// Destination is the bucket, or the like, by the last run that says.
	Destination string `json:"destination,omitempty"`
	DayCounts

	// Rules are those that were not passing on some day on which it was there, other
	// than for want of a run.
	Rules []RulePeriod `json:"rules"`
}

// PeriodEpisode is one failure from the run that first found it to the one that no
// longer did.
type PeriodEpisode struct {
	Tenant      string    `json:"tenant"`
	ExportID    string    `json:"exportId,omitempty"`
	RuleID      string    `json:"ruleId"`
	Severity    Severity  `json:"severity"`
	Resource    string    `json:"resource"`
	Fingerprint string    `json:"fingerprint"`
	FirstSeen   time.Time `json:"firstSeen"` // may be before the period
	LastSeen    time.Time `json:"lastSeen"`  // in the period
	// ResolvedAt is when it was no longer found; absent: it goes on at the end.
	ResolvedAt time.Time `json:"resolvedAt,omitzero"`
	// Ending says how it ended: resolved, gone (the export was deleted) or rules
	// (others judged, so that nobody knows whether the world changed).
	Ending string `json:"ending,omitempty"`
	// HoursToMend is the time from FirstSeen to ResolvedAt, of what was resolved.
	HoursToMend float64 `json:"hoursToMend,omitzero"`
	// Waivers covered it, each once; WaivedDays counts the days on which one did.
	Waivers    []Waiver `json:"waivers"`
	WaivedDays int      `json:"waivedDays"`
}

// PeriodWaiver is a waiver or an accepted gap that runs of the period were told of.
type PeriodWaiver struct {
	WaiverStanding // as the last of these runs found it

	FirstRun time.Time `json:"firstRun"`
	LastRun  time.Time `json:"lastRun"`
}

// PeriodApproval is an approval of a baseline with the days on which runs compared
// with it. One that was given before the period is in it where a run compared with it.
type PeriodApproval struct {
	Approval

	Days int `json:"days"`
}

// PeriodDelivery is what arrived of one export in a period, by what its bucket held
// when it was listed.
type PeriodDelivery struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId"`
	Arrived  int    `json:"daysWithObjects"`
	Empty    int    `json:"daysWithout"`
	Unknown  int    `json:"daysUnknown"`
	// HoleDays counts the days on which delivery_continuous found a hole: whether a
	// day without objects is one depends on the interval.
	HoleDays int `json:"daysOfHole"`
	// Holes are the runs of days without objects.
	Holes []PeriodHole `json:"without"`
	// Days has a letter for each day of the period: + with objects, 0 without, ?
	// where nobody can tell.
	Days string `json:"letters"`
}

// PeriodHole is some days in a row without objects.
type PeriodHole struct {
	From string `json:"from"`
	To   string `json:"to"`
}
