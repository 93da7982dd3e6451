package history

import "path/filepath"

// DefaultPath is where a history is kept by default: below $XDG_STATE_HOME,
// else ~/.local/state. It is empty where neither is known. A relative
// XDG_STATE_HOME is ignored, as the XDG Base Directory Specification says.
func DefaultPath(getenv func(string) string, home string) string {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		if home == "" {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "trailguard", "history.db")
}
