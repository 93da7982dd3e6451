package scanner

import "fmt"

// PlanInfo says what a planned change is about.
type PlanInfo struct {
	// Touched are the exports a document of which the change is about.
	Touched int `json:"touched"`
	// NotJudged are those that it leaves as they are, unless they were asked for.
	NotJudged int `json:"notJudged"`
}

// Sentence says it in words, without a full stop.
func (p *PlanInfo) Sentence() string {
	touched := "the change touches no export"
	switch p.Touched {
	case 0:
	case 1:
		touched = "the change touches 1 export"
	default:
		touched = fmt.Sprintf("the change touches %d exports", p.Touched)
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
