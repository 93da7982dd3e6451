package terminal

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long a run goes on before a bar appears. A shorter run needs
// none.
const patience = time.Second

// Screen is a stream for lines that may have a progress bar below them.
type Screen struct {
	mu  sync.Mutex
	w   io.Writer
	bar *progressbar.ProgressBar // nil while no bar is shown
}

// NewScreen returns a screen over a stream.
func NewScreen(w io.Writer) *Screen { return &Screen{w: w} }

// Write removes the bar and writes lines in its place. The next call of Set
// draws the bar again.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear() // a bar that cannot be drawn is not worth an error
	}
	return s.w.Write(p)
}

// Progress is a progress bar on a terminal, and nothing elsewhere.
type Progress struct {
	screen *Screen // nil where no bar is to be shown
	title  string
	start  time.Time
}

// NewProgress returns a bar that appears after a second, if it is wanted and
// the screen is a terminal.
func NewProgress(s *Screen, title string, wanted bool) *Progress {
	p := &Progress{title: title, start: time.Now()}
	if wanted && Is(s.w) {
		p.screen = s
	}
	return p
}

// Set moves the bar to done of total.
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

// Close removes the bar.
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
