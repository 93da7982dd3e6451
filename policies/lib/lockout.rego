# METADATA
# description: |
#   What is wrong with a trust policy that does not let Immuta in, or others
#   besides, and what mends it. Nothing here reads the input.
package trailguard.lib.lockout

import data.trailguard.lib

# clause says why Immuta cannot assume a role, by the fact external_id_accepted.
clause(fact) := concat("", [causes(fact)[fact.cause], also_stale(fact)])

causes(fact) := {
	"stale_id": sprintf("demands ExternalId %s but this configuration's id is %q", [
		lib.either(lib.quoted(fact.demanded_ids)),
		fact.configuration_id,
	]),
	"deleted_principal": sprintf("names %s, as AWS shows a principal that was deleted, and does not trust %s", [
		lib.either(fact.instead),
		caller(fact),
	]),
	"own_account": misplaced(fact.instead, fact.immuta),
	"not_trusted": refused(fact),
	"denied": refused(fact),
	"condition": refused(fact),
	"no_role": refused(fact),
}

refused(fact) := sprintf("does not let %s in with this configuration's id %q (%s)", [
	caller(fact),
	fact.configuration_id,
	fact.why,
])

misplaced(instead, immuta) := sprintf("trusts %s, which is your own account, and not %s, from which Immuta calls", [
	lib.either(instead),
	lib.either(immuta),
])

caller(fact) := lib.or_else(concat(" or ", fact.immuta), "anybody")

also_stale(fact) := sprintf("; it demands ExternalId %s besides, and this configuration's id is %q", [
	lib.either(lib.quoted(fact.demanded_ids)),
	fact.configuration_id,
]) if stale(fact)

also_stale(fact) := "" if not stale(fact)

stale(fact) if {
	fact.cause != "stale_id"
	count(fact.demanded_ids) > 0
	not fact.configuration_id in fact.demanded_ids
}

# remedy mends that cause. None lets in anybody but Immuta.
remedy(fact) := remedies(
	lib.or_else(concat(" or ", fact.trustees), "the account that Immuta calls from (its support names it)"),
	lib.either(fact.instead),
	demand(fact.configuration_id),
)[fact.cause]

# demand is the condition that a statement for Immuta carries.
demand(id) := sprintf("{\"StringEquals\": {\"sts:ExternalId\": %q}}", [id])

remedies(immuta, instead, condition) := {
	"stale_id": sprintf("%s %s; keep the ids of others, and %s.", [
		"Put this configuration's id under sts:ExternalId:",
		condition,
		"take out those that neither a configuration nor expect.otherExternalIds has",
	]),
	"deleted_principal": replace_with(immuta, instead, condition, ""),
	"own_account": replace_with(immuta, instead, condition, only_if_own),
	"not_trusted": sprintf("Let %s assume the role, with the condition %s.", [immuta, condition]),
	"denied": sprintf("Let the Deny spare %s, %s; leave it as it is for all others.", [
		immuta,
		"for example among the values that its condition compares with",
	]),
	"condition": sprintf("Give %s a statement of its own, with %s as its only condition.", [immuta, condition]),
	"no_role": sprintf("Create the role anew, or correct it in Immuta; let %s assume it, with the condition %s.", [
		immuta,
		condition,
	]),
}

replace_with(immuta, instead, condition, but) := concat(" ", [text |
	some text in [sprintf("Put %s in the place of %s, with the condition %s.", [immuta, instead, condition]), but]
	text != ""
])

only_if_own := "Only if Immuta runs in your own account, declare that in expect.immutaAccounts."

# demand_only mends a statement that takes other ids, none, or all but some. A condition that it has
# on the id goes: beside another one it may refuse Immuta.
demand_only(id) := sprintf("Make %s the statement's one condition on sts:ExternalId, %s; %s.", [
	demand(id),
	"with the ids of the other configurations that use the role, those of expect.otherExternalIds, and no more",
	"keep its conditions on other keys",
])

# somebody_elses says when an id that no configuration has may stay.
somebody_elses(how) := sprintf("Only where %s sends that id, declare it in expect.otherExternalIds.", [
	"an access summary export of yours",
]) if {
	startswith(how, "with ExternalId ")
} else := ""

# stranger says that a role trusts somebody who is not expected, by the fact trusted_principals.
stranger(trusted, principal) := sprintf("%s %s", [
	trusted.role_arn,
	misplaced([principal.principal], trusted.immuta),
]) if misplaces(trusted, principal)

stranger(trusted, principal) := sprintf("%s trusts %s, but you expect %s only", [
	trusted.role_arn,
	principal.principal,
	lib.either(trusted.expected),
]) if not misplaces(trusted, principal)

# expel mends that. Where Immuta comes in as the stranger does, or not at all, it is put in its place.
expel(trusted, principal) := replace_with(
	lib.either(trusted.immuta),
	principal.principal,
	demand(input.export.id),
	only_if_own,
) if {
	misplaces(trusted, principal)
} else := replace_with(
	lib.either(trusted.immuta),
	object.get({"anyone": "everybody (*)"}, principal.principal, principal.principal),
	demand(input.export.id),
	"",
) if {
	stands_for_immuta(trusted, principal)
} else := sprintf("Remove %s from the statement%s. Where it names nobody else, remove the statement.", [
	principal.principal,
	unless(trusted, principal),
])

# comes_as_anybody: the role's own account is let in by a statement for everybody, which is told already.
comes_as_anybody(trusted, principal) if {
	principal.kind == "account"
	some other in trusted.principals
	other.kind == "any_account"
	other.at == principal.at
}

stands_for_immuta(trusted, principal) if {
	count(trusted.immuta) > 0
	principal.kind in {"any_account", "anonymous"}
}

# unless says in which case it may stay: what is right is never removed, nor a stranger declared.
unless(trusted, principal) := "; one of your own for emergencies is declared in expect.breakGlass" if {
	principal.kind in {"account", "principal"}
	principal.account == trusted.account
}

unless(trusted, principal) := concat(" ", [
	", unless Immuta's support says that Immuta calls from there:",
	"then correct expect.immutaAccounts",
]) if {
	principal.kind in {"account", "principal"}
	principal.account != trusted.account
}

unless(_, principal) := "" if not principal.kind in {"account", "principal"}

# misplaces: Immuta's documents say "your AWS account ID", and people put in their own.
misplaces(trusted, principal) if {
	not trusted.immuta_trusted
	count(trusted.immuta) > 0
	principal.kind == "account"
	principal.account == trusted.account
}
