package main

// trustPlights are those of the role's trust policy.
func trustPlights() []plight {
	const (
		github   = `{"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}`
		audience = `"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"`
	)
	webIdentity := func(condition string) string {
		return stated(`"Effect": "Allow", "Principal": `+github+`, "Action": "sts:AssumeRoleWithWebIdentity"`, condition)
	}
	ops := trusts(named("arn:aws:iam::111111111111:role/ops-admin"), "")
	refuseOthers := func(values string) string {
		return `{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ` + values + `}}}`
	}
	const accepted, required, expected, doors = "external_id_equals_configuration_id", "external_id_required", "principal_expected", "no_other_doors"
	demand := "Make " + demandID + " the statement's one condition on sts:ExternalId"
	return []plight{
		{
			name: "Immuta's statement is gone", world: []edit{file(trustFile, ops)},
			remedy: remedy{
				says:  map[string]string{accepted: "Let 222222222222 assume the role, with the condition " + demandID + "."},
				edits: []edit{file(trustFile, ops, trustImmuta)},
			},
		},
		{
			name: "a Deny on other accounts", world: []edit{file(trustFile, trustImmuta, ops, refuseOthers(`"111111111111"`))},
			remedy: remedy{
				says:  map[string]string{accepted: "Let the Deny spare 222222222222, for example among the values that its condition compares with"},
				edits: []edit{file(trustFile, trustImmuta, ops, refuseOthers(`["111111111111", "222222222222"]`))},
			},
		},
		{
			name: "a condition that Immuta never meets", world: []edit{file(trustFile, trusts(immuta, `{"StringEquals": {"sts:ExternalId": "`+auditID+`", "aws:SourceAccount": "222222222222"}}`))},
			remedy: remedy{
				says:  map[string]string{accepted: "Give 222222222222 a statement of its own, with " + demandID + " as its only condition."},
				edits: []edit{file(trustFile, trusts(immuta, `{"StringEquals": {"sts:ExternalId": "`+auditID+`", "aws:SourceAccount": "222222222222"}}`), trustImmuta)},
			},
		},
		{
			name: "all ids but this one", world: []edit{file(trustFile, trusts(immuta, `{"StringNotEquals": {"sts:ExternalId": "`+auditID+`"}}`))},
			remedy: remedy{
				says:  map[string]string{accepted: "Give 222222222222 a statement of its own", required: demand},
				edits: []edit{file(trustFile, trustImmuta)},
			},
		},
		{
			name: "an id, if any", world: []edit{file(trustFile, trusts(immuta, `{"StringEqualsIfExists": {"sts:ExternalId": "`+auditID+`"}}`))},
			remedy: remedy{says: map[string]string{required: demand}, edits: []edit{file(trustFile, trustImmuta)}},
		},
		{
			name: "an old id beside the right one", world: []edit{file(trustFile, trusts(immuta, `{"StringLike": {"sts:ExternalId": ["`+auditID+`", "old-*"]}}`))},
			remedy: remedy{says: map[string]string{required: demand}, edits: []edit{file(trustFile, trustImmuta)}},
		},
		{
			name: "a principal that was deleted", world: []edit{file(trustFile, trusts(named("AROA1234567890EXAMPLE"), demandID))},
			remedy: remedy{
				says: map[string]string{
					accepted:           "Put 222222222222 in the place of AROA1234567890EXAMPLE, with the condition " + demandID + ".",
					"principals_exist": "Put the ARN of its successor in the place of AROA1234567890EXAMPLE",
				},
				edits: []edit{file(trustFile, trustImmuta)},
			},
		},
		{
			name: "one's own account in the place of Immuta's", world: []edit{file(trustFile, trusts(named("arn:aws:iam::111111111111:root"), ""))},
			remedy: remedy{
				says: map[string]string{
					accepted: "Put 222222222222 in the place of 111111111111, with the condition " + demandID + ".",
					expected: "Put 222222222222 in the place of 111111111111, with the condition " + demandID + ".",
				},
				edits: []edit{file(trustFile, trustImmuta)},
			},
		},
		{
			name: "a stranger in Immuta's statement", world: []edit{file(trustFile, trusts(named("222222222222", "444444444444"), demandID))},
			remedy: remedy{says: map[string]string{expected: "Remove 444444444444 from the statement"}, edits: []edit{file(trustFile, trustImmuta)}},
		},
		{
			name: "everybody with the id", world: []edit{file(trustFile, trusts(`"*"`, demandID))},
			remedy: remedy{
				says:  map[string]string{expected: "Put 222222222222 in the place of everybody (*), with the condition " + demandID + "."},
				edits: []edit{file(trustFile, trustImmuta)},
			},
		},
		{
			name: "a service in Immuta's statement", world: []edit{file(trustFile, trusts(`{"AWS": "222222222222", "Service": "ec2.amazonaws.com"}`, `{"StringEqualsIfExists": {"sts:ExternalId": "`+auditID+`"}}`))},
			remedy: remedy{
				says: map[string]string{
					doors:    "Take ec2.amazonaws.com out of the statement, and leave the rest as it is",
					required: demand,
				},
				edits: []edit{file(trustFile, trustImmuta)},
			},
		},
		{
			name: "a service with a statement of its own", world: []edit{file(trustFile, trustImmuta, trusts(`{"Service": "ec2.amazonaws.com"}`, ""))},
			remedy: remedy{says: map[string]string{doors: "remove one that names nobody else"}, edits: []edit{file(trustFile, trustImmuta)}},
		},
		{
			name: "a provider that lets in everybody's workflows",
			world: []edit{
				file(trustFile, trustImmuta, webIdentity(`{"StringEquals": {`+audience+`}}`)),
				expecting("  immutaPrincipals: [\"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com\"]\n"),
			},
			remedy: remedy{
				says:  map[string]string{doors: "a statement of its own with the condition that is missing"},
				edits: []edit{file(trustFile, trustImmuta, webIdentity(`{"StringEquals": {`+audience+`, "token.actions.githubusercontent.com:sub": "repo:acme/audit:ref:refs/heads/main"}}`))},
			},
		},
	}
}
