# METADATA
# description: |
#   Inputs for tests, in the shape that the program makes them. Every input is
#   checked against the schema when the program's own test command runs.
package trailguard.fixture

id := "259fc41c-1a2b-4c3d-8e4f-5a6b7c8d9e0f"

# known is an export's input with one known fact.
known(name, value) := export({name: {"state": "known", "value": value}})

# unknown is an export's input with one fact that nobody could read.
unknown(name) := export({name: {"state": "unknown"}})

# export is an export's input with the given facts.
export(facts) := {
	"tenant": {"name": "acme", "url": "https://acme.example"},
	"export": {"id": id, "owner": ""},
	"facts": facts,
}

# tenant is a tenant's input with one known fact.
tenant(name, value) := {
	"tenant": {"name": "acme", "url": "https://acme.example"},
	"facts": {name: {"state": "known", "value": value}},
}

# message is the one message of a set of denials.
message(denials) := denial.message if {
	count(denials) == 1
	some denial in denials
}
