package scanner

import "fmt"

// Count counts things: "1 export", "2 exports".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
