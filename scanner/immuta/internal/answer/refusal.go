package answer

import (
	"cmp"
	"net/http"
	"regexp"
	"strings"
)

var (
	validationCode = regexp.MustCompile(`(?i)^(graphql_)?(validation|parse)(_failed|_error|error)$|^InvalidSyntax$|^(undefinedField|selectionMismatch|INTROSPECTION_DISABLED)$`)
	// validationText matches how the common servers word a refused query.
	validationText = regexp.MustCompile(`(?i)cannot query field|unknown (type|fragment|field|argument)|validation error|fields? "?[\w.]+"? conflict|` +
		`(doesn't|does not) exist on type|is undefined|must (not )?have (a |sub)?selection|can(not| never) be (of type|spread)|syntax error|introspection`)
	unauthenticated = regexp.MustCompile(`(?i)^(unauthenticated|unauthorized|401)$`)
	forbidden       = regexp.MustCompile(`(?i)^(forbidden|access_denied|permission_denied|403)$`)
)

// RefusesQuery reports whether the server refused the query itself, rather than
// failed to answer it. Only then is a smaller query worth trying. The status is
// that of HTTP.
func (a *Answer) RefusesQuery(status int) bool {
	if Filled(a.Data) || len(a.Errors) == 0 {
		return false
	}
	for _, e := range a.Errors {
		known := validationCode.MatchString(e.Code) || validationText.MatchString(e.Message)
		unnamed := e.Code == "" && !e.hasPath && (e.hasPlace || status == http.StatusBadRequest)
		if !known && !unnamed {
			return false
		}
	}
	return true
}

// Unauthenticated reports whether the error refuses the key.
func (e *Error) Unauthenticated() bool { return e.says(unauthenticated) }

// Forbidden reports whether the error refuses the key's user.
func (e *Error) Forbidden() bool { return e.says(forbidden) }

// says matches the code, or the message where there is no code.
func (e *Error) says(what *regexp.Regexp) bool {
	return what.MatchString(cmp.Or(e.Code, strings.TrimSuffix(e.Message, ".")))
}
