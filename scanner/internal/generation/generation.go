// Package generation is a cache that forgets what is no longer used. It does
// not know when a value is out of date, so keep only what never changes in it.
package generation

import "sync"

// Cache keeps values in two generations. When the young generation is full it
// becomes the old one, and whatever was in the old one and not used since is
// forgotten. A Cache is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu         sync.Mutex
	size, held int // of one generation
	young, old map[K]V
	weigh      func(V) int
}

// New returns a cache. Each of its generations holds values of the given total
// size, in the unit of weigh.
func New[K comparable, V any](size int, weigh func(V) int) *Cache[K, V] {
	return &Cache[K, V]{size: size, young: map[K]V{}, weigh: weigh}
}

// Get returns the value that is kept under a key, and whether there is one.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.young[key]; ok {
		return v, true
	}
	v, ok := c.old[key]
	if ok {
		c.put(key, v)
	}
	return v, ok
}

// Put keeps a value under a key.
func (c *Cache[K, V]) Put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, v)
}

func (c *Cache[K, V]) put(key K, v V) {
	weight := c.weigh(v)
	if c.held+weight > c.size {
		c.young, c.old, c.held = map[K]V{}, c.young, 0
	}
	c.young[key] = v
	c.held += weight
}
