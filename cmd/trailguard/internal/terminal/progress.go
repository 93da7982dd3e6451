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

// Screen is where lines are written, and a bar may be below them.
type Screen struct {
	mu  sync.Mutex
	w   io.Writer
	bar *progressbar.ProgressBar // nil: there is none
}

// NewScreen returns the screen over a stream.
func NewScreen(w io.Writer) *Screen { return &Screen{w: w} }

// Write writes lines in the place of the bar, which its next move draws again.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear() // a bar that cannot be drawn is not worth an error
	}
	return s.w.Write(p)
}

// Progress is a bar on a terminal, and nothing elsewhere.
type Progress struct {
	screen *Screen // nil: there is no bar
	title  string
	start  time.Time
}

// NewProgress returns a bar that shows itself after a second, if it is wanted
// and the screen is a terminal.
func NewProgress(s *Screen, title string, wanted bool) *Progress {
	p := &Progress{title: title, start: time.Now()}
	if wanted && Is(s.w) {
		p.screen = s
	}
	return p
}

// Set moves the bar.
func (p *Progress) Set(done, total int) {
	s := p.screen
	if s == nil || total == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil && time.Since(p.start) < patience {
		return
	}
	if s.bar == nil {
		s.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(s.w), progressbar.OptionSetDescription(p.title),
			progressbar.OptionSetWidth(20), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond))
	}
	s.bar.ChangeMax(total)
	_ = s.bar.Set(done) // as above
}

// Close takes the bar away.
func (p *Progress) Close() {
	s := p.screen
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear() // as above
	}
	s.bar = nil
}
