# METADATA
# description: Texts of which messages are made. Nothing here reads the input.
package trailguard.lib

# quoted puts every text of a list between quotation marks.
quoted(list) := [sprintf("%q", [text]) | some text in list]

# either joins texts for a sentence: "a, b or c".
either(list) := "nothing" if count(list) == 0

either(list) := list[0] if count(list) == 1

either(list) := sprintf("%s or %s", [
	concat(", ", array.slice(list, 0, count(list) - 1)),
	list[count(list) - 1],
]) if {
	count(list) > 1
}

# clauses joins clauses, or is another one where there are none.
clauses(list, otherwise) := otherwise if count(list) == 0

clauses(list, _) := concat("; ", list) if count(list) > 0

# refusal says why access that should be granted is not.
refusal(access) := clauses(array.concat(["an explicit Deny refuses it"], access.missing), "") if access.denied

refusal(access) := clauses(access.missing, "no policy grants it") if not access.denied

# or_else is the text, or another where it is empty.
or_else("", otherwise) := otherwise

or_else(text, _) := text if text != ""

# only_with is a text where another is not empty, else nothing.
only_with("", _) := ""

only_with(given, text) := text if given != ""
