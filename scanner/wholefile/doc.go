// Package wholefile writes files that appear whole or not at all. It knows
// nothing of what is in them.
package wholefile
