package principal

import "strings"

// AccountIn finds an account id: the value itself, or the account of an ARN.
func AccountIn(value string) string {
	if IsAccountID(value) {
		return value
	}
	if a, ok := ParseARN(value); ok && IsAccountID(a.Account) {
		return a.Account
	}
	return ""
}

// Accounts are the account ids that somebody mentions, as far as they are one digit repeated.
type Accounts [10]bool

// Add remembers an account id when it is one that Fresh could choose.
func (m *Accounts) Add(id string) {
	if IsAccountID(id) && strings.Count(id, id[:1]) == len(id) {
		m[id[0]-'0'] = true
	}
}

// Fresh is an account that nobody mentions: any account there is.
func (m *Accounts) Fresh() string {
	for digit := len(m) - 1; digit >= 0; digit-- {
		if !m[digit] {
			return strings.Repeat(string(rune('0'+digit)), 12)
		}
	}
	return "987654321098"
}
