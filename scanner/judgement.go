package scanner

import (
	"time"
)

// Judgement is what a run said, without its evidence: what a history keeps of it for
// those who ask about a period. What it said of each subject is a SubjectResults.
type Judgement struct {
	Run         int64
	CollectedAt time.Time
	Tenants     []string
	// Whole are the tenants that the run judged as a whole: all exports, by all rules.
	Whole []string
	// Kept says that the results are known. Those of a run that was pruned are not,
	// nor those of one that was recorded before results were kept.
	Kept     bool
	Rules    []string
	Controls []ControlStanding
	Waivers  []WaiverStanding
	Baseline *BaselineInfo // what it compared with; nil: nothing
}

// ControlStanding is the state of a control in a run, and the rules that bear on it.
type ControlStanding struct {
	Framework string       `json:"framework"`
	ID        string       `json:"id"`
	State     ControlState `json:"state"`
	Waived    bool         `json:"waived,omitzero"` // not met, and a waiver covers every failure
	Rules     []string     `json:"rules"`
}

// WaiverStanding is a waiver or an accepted gap as a run found it.
type WaiverStanding struct {
	WaiverUse

	// State is applied, expired or unused.
	State string `json:"state"`
}

// The letters of results in a SubjectResults.
const (
	LetterPass          = 'P'
	LetterFail          = 'F'
	LetterWaived        = 'W' // a fail, and a waiver covers every finding
	LetterUnknown       = 'U'
	LetterError         = 'E'
	LetterNotApplicable = 'N'
	LetterNotJudged     = '.'
)

// SubjectResults are the results about one export, or one tenant.
type SubjectResults struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId,omitempty"` // empty: the tenant itself
	// Letters are the results, in the order of the judgement's rules.
	Letters string          `json:"letters"`
	Failing []FailingResult `json:"failing,omitempty"`
}

// FailingResult is one finding that fails.
type FailingResult struct {
	Fingerprint string  `json:"fingerprint"`
	Waiver      *Waiver `json:"waiver,omitempty"`
}

// Judgement returns what a report says of every control, and of every subject. What
// its run is called, and of which tenants it was whole, is not the report's to say.
func (r *Report) Judgement() (*Judgement, []SubjectResults) {
	j := &Judgement{Kept: true, Baseline: r.Scan.Baseline, Rules: []string{}, Controls: []ControlStanding{}, Waivers: []WaiverStanding{}}
	for i := range r.Rules {
		j.Rules = append(j.Rules, r.Rules[i].ID)
	}
	for i := range r.Controls {
		c := &r.Controls[i]
		standing := ControlStanding{Framework: c.Framework, ID: c.ID, State: c.State, Waived: c.Waived, Rules: []string{}}
		for k := range c.Rules {
			standing.Rules = append(standing.Rules, c.Rules[k].RuleID)
		}
		j.Controls = append(j.Controls, standing)
	}
	for _, list := range []struct {
		state string
		uses  []WaiverUse
	}{{"applied", r.Waivers.Applied}, {"expired", r.Waivers.Expired}, {"unused", r.Waivers.Unused}} {
		for i := range list.uses {
			j.Waivers = append(j.Waivers, WaiverStanding{list.uses[i], list.state})
		}
	}
	waived, failing := r.waivedResults(), r.failing()
	subjects := make([]SubjectResults, 0, len(r.Exports)+len(r.Tenants))
	add := func(tenant, export string, results map[string]Status) {
		letters := make([]byte, len(j.Rules))
		for i, rule := range j.Rules {
			letters[i] = letter(results[rule])
			if letters[i] == LetterFail && waived[resultID{rule, tenant, export}] {
				letters[i] = LetterWaived
			}
		}
		subjects = append(subjects, SubjectResults{tenant, export, string(letters), failing[[2]string{tenant, export}]})
	}
	for i := range r.Exports {
		add(r.Exports[i].Tenant, r.Exports[i].ID, r.Exports[i].Results)
	}
	for i := range r.Tenants {
		add(r.Tenants[i].Name, "", r.Tenants[i].Results)
	}
	return j, subjects
}

// failing are the findings that fail, by tenant and export.
func (r *Report) failing() map[[2]string][]FailingResult {
	failing := map[[2]string][]FailingResult{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status == StatusFail && f.State != StateResolved {
			subject := [2]string{f.Tenant, f.ExportID}
			failing[subject] = append(failing[subject], FailingResult{f.Fingerprint, f.Waiver})
		}
	}
	return failing
}

func letter(status Status) byte {
	switch status {
	case StatusPass:
		return LetterPass
	case StatusFail:
		return LetterFail
	case StatusUnknown:
		return LetterUnknown
	case StatusError:
		return LetterError
	case StatusNotApplicable:
		return LetterNotApplicable
	default:
		return LetterNotJudged
	}
}
