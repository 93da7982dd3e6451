package principal

import "strings"

// AccountIn returns the account id in a value: the value itself, or the account
// of an ARN.
func AccountIn(value string) string {
	if IsAccountID(value) {
		return value
	}
	if a, ok := ParseARN(value); ok && IsAccountID(a.Account) {
		return a.Account
	}
	return ""
}

// Accounts records which of the account ids that repeat one digit are mentioned
// somewhere.
type Accounts [10]bool

// Add records an account id if it is one that Fresh could return.
func (m *Accounts) Add(id string) {
	if IsAccountID(id) && strings.Count(id, id[:1]) == len(id) {
		m[id[0]-'0'] = true
	}
}

// Fresh returns an account that is mentioned nowhere, which stands for any
// other account.
func (m *Accounts) Fresh() string {
	for digit := len(m) - 1; digit >= 0; digit-- {
		if !m[digit] {
			return strings.Repeat(string(rune('0'+digit)), 12)
		}
	}
	return "987654321098"
}
