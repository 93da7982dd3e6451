package scanner

import "fmt"

// PlanInfo says what a planned change is about.
type PlanInfo struct {
	// Touched are the exports a document of which the change is about.
	Touched int `json:"touched"`
	// NotJudged are those that it leaves as they are, unless they were asked for.
	NotJudged int `json:"notJudged"`
	// Expected are exports that are not created yet, which are judged besides.
	Expected int `json:"expected,omitzero"`
}

// Sentence says it in words, without a full stop.
func (p *PlanInfo) Sentence() string {
	touched := "the change touches no export"
	if p.Touched > 0 {
		touched = "the change touches " + Count(p.Touched, "export", "exports")
	}
	if p.Expected > 0 {
		touched += fmt.Sprintf(", adds %d that is not created yet", p.Expected)
	}
	switch p.NotJudged {
	case 0:
		return touched
	case 1:
		return touched + ", and leaves 1 as it is, which is not judged"
	default:
		return fmt.Sprintf("%s, and leaves %d as they are, which are not judged", touched, p.NotJudged)
	}
}

// ChangedBy names what in a plan changes a document.
type ChangedBy struct {
	// Address is the resource's, as its tool has it: "module.audit.aws_iam_role.writer",
	// a logical id, or what --policy named.
	Address string `json:"address"`
	// File and Line are where its block begins, with slashes and from 1; empty and 0:
	// not known.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitzero"`
}

// Place is the file and line as editors read them; empty: they are not known.
func (c *ChangedBy) Place() string {
	if c.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}
