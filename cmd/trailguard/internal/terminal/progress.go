package terminal

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long a run goes without a bar. A run that ends before needs
// none.
const patience = time.Second

// Progress is a bar on a terminal, and nothing elsewhere.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	title string
	start time.Time
	bar   *progressbar.ProgressBar
}

// NewProgress returns a bar that shows itself after a second, if it is wanted
// and the writer is a terminal.
func NewProgress(w io.Writer, title string, wanted bool) *Progress {
	p := &Progress{title: title, start: time.Now()}
	if wanted && Is(w) {
		p.w = w
	}
	return p
}

// Set moves the bar.
func (p *Progress) Set(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || total == 0 || (p.bar == nil && time.Since(p.start) < patience) {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(p.title),
			progressbar.OptionSetWidth(20), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond))
	}
	p.bar.ChangeMax(total)
	_ = p.bar.Set(done) // a bar that cannot be drawn is not worth an error
}

// Close takes the bar away.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear() // as above
	}
	p.w = nil
}
