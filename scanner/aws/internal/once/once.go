// Package once prevents questions from being asked again.
package once

import "sync"

// Map asks for each key once and remembers the answer.
type Map[K comparable, V any] struct {
	mu      sync.Mutex
	answers map[K]func() V
}

// Do returns the answer for a key. The first caller asks, the others wait for
// its answer.
func (o *Map[K, V]) Do(key K, ask func() V) V {
	o.mu.Lock()
	answer, ok := o.answers[key]
	if !ok {
		if o.answers == nil {
			o.answers = map[K]func() V{}
		}
		answer = sync.OnceValue(ask)
		o.answers[key] = answer
	}
	o.mu.Unlock()
	return answer()
}
