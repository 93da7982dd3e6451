package facts_test

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// The organization of the tests: a root and the account of bucket and role below it.
const (
	organizationID = "o-acme7x2k9q"
	rootARN        = "arn:aws:organizations:::r-acme"
	levelARN       = "arn:aws:organizations:::111111111111"
	accountARN     = "arn:aws:iam::111111111111:root"
	stranger       = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444444444444:role/x"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `"}}}`
	openDoor       = `{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole"}`
	immutaIn       = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + configurationID + `"}}}`
	fullAccess     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// controlled is a healthy export in an organization whose root has control policies of
// either type, which are one statement each; empty: it has none.
func controlled(service, resource string) func() *world {
	return func() *world {
		w := healthy()
		w.organize(organizationID)
		w.level(rootARN, document.ServiceControls, "p-FullAWSAccess", fullAccess)
		w.level(levelARN, document.ServiceControls, "p-FullAWSAccess", fullAccess)
		w.level(rootARN, document.ResourceControls, "p-resource001", resource)
		w.level(levelARN, document.ResourceControls, "", "")
		if service != "" {
			w.record.Evidence = slices.DeleteFunc(w.record.Evidence, func(e scanner.Evidence) bool { return e.Kind == document.KindServiceControls && e.Resource == rootARN })
			w.add(document.KindServiceControls, rootARN, "", `{"Policies":[{"Id":"p-FullAWSAccess","Name":"Full"},{"Id":"p-service0001","Name":"S"}]}`)
			w.add(document.KindServiceControl, rootARN, "p-service0001", policy(service))
		}
		return w
	}
}

func (w *world) organize(id string) {
	w.set(document.KindOrganization, "arn:aws:organizations:::organization", "", `{"Id":"`+id+`","MasterAccountId":"555555555555","FeatureSet":"ALL","RootId":"r-acme",`+
		`"PolicyTypes":[{"Type":"RESOURCE_CONTROL_POLICY","Status":"ENABLED"},{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}`)
	w.set(document.KindOrganizationPath, accountARN, "", `{"Levels":[{"Id":"r-acme","Type":"ROOT"},{"Id":"111111111111","Type":"ACCOUNT"}]}`)
}

// add is set for a kind of which a record has several documents of one name.
func (w *world) add(kind document.Kind, resource, name, text string) {
	w.record.Evidence = append(w.record.Evidence, scanner.NewEvidence(kind, "test:"+string(kind), resource, name, text, now))
}

// level gives a level one policy of a type, or none.
func (w *world) level(resource string, t document.ControlType, id, text string) {
	if text == "" {
		w.add(t.List, resource, "", `{"Policies":[]}`)
		return
	}
	w.add(t.List, resource, "", `{"Policies":[{"Id":"`+id+`","Name":"One"}]}`)
	if !strings.HasPrefix(text, `{"Version"`) {
		text = policy(text)
	}
	w.add(t.Kind, resource, id, text)
}

// unreadAt puts a gap in the place of the list of a type of a level.
func (w *world) unreadAt(resource string, t document.ControlType) {
	for i := range w.record.Evidence {
		if e := &w.record.Evidence[i]; e.Kind == t.List && e.Resource == resource {
			w.denyAt(i)
			return
		}
	}
}

// organized is a scenario of one fact: the control policies of the root, one statement
// each, what else is so, and which level's list nobody could read.
func organized(fact, is, says, service, resource string, do func(*world), unread ...document.ControlType) scenario {
	return scenario{
		base: controlled(service, resource), fact: fact, says: says, alone: true, want: expectation{fact: is},
		do: func(w *world) {
			if do != nil {
				do(w)
			}
			for _, t := range unread {
				w.unreadAt(levelARN, t)
			}
		},
	}
}

func trusting(statements ...string) func(*world) {
	return func(w *world) { w.trust(append(statements, immutaIn)...) }
}

func belonging(id string) func(*world) {
	return func(w *world) { w.expect(func(x *scanner.Expect) { x.Organization = id }) }
}

// allOf does several things.
func allOf(do ...func(*world)) func(*world) {
	return func(w *world) {
		for _, f := range do {
			f(w)
		}
	}
}

func openBucketPolicy(w *world) { w.bucketPolicy(tlsStatement) }

// closing denies an action to all but one's own accounts, as control policies of the
// two types write it.
func closing(action, principal string) string {
	return `{"Sid":"Perimeter","Effect":"Deny",` + principal + `"Action":"` + action + `","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}}`
}

// confiningAll denies writing and deleting to all but the writer.
func confiningAll(principal, actions string) string {
	return `{"Sid":"Confine","Effect":"Deny",` + principal + `"Action":[` + actions + `],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"` + roleARN + `"}}}`
}

const (
	writing  = `"s3:PutObject"`
	deleting = `"s3:DeleteObject","s3:DeleteObjectVersion"`
	everyone = `"Principal":"*",`
)

var organizationScenarios = map[string]scenario{
	// A level that nobody read can only deny more. Whoever the trust policy keeps out
	// stays out, and whoever it lets in may be kept out.
	"nobody is trusted, a level unread":               organized("trusted_principals", sound, "", "", "", nil, document.ResourceControls),
	"a stranger is trusted":                           organized("trusted_principals", bad, "444444444444", "", "", trusting(stranger)),
	"a stranger is trusted, a level unread":           organized("trusted_principals", unknown, "list of resource control policies", "", "", trusting(stranger), document.ResourceControls),
	"a stranger is trusted, and another level denies": organized("trusted_principals", sound, "", "", closing("sts:AssumeRole", everyone), trusting(stranger), document.ResourceControls),
	"no door, a level unread":                         organized("other_doors", sound, "", "", "", nil, document.ResourceControls),
	"a door":                                          organized("other_doors", bad, "codebuild.amazonaws.com", "", "", trusting(openDoor)),
	"a door, a level unread":                          organized("other_doors", unknown, "list of resource control policies", "", "", trusting(openDoor), document.ResourceControls),
	"a door, and another level denies":                organized("other_doors", sound, "", "", `{"Effect":"Deny","Principal":"*","Action":"sts:*","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}`, trusting(openDoor), document.ResourceControls),
	"a door, service control policies unread":         organized("other_doors", bad, "", "", "", trusting(openDoor), document.ServiceControls), // they bind no service
	"no bypass, a level unread":                       organized("external_id_bypass", sound, "", "", "", nil, document.ResourceControls),
	"Immuta is let in":                                organized("external_id_accepted", sound, "", "", "", nil),
	"Immuta is let in, a level unread":                organized("external_id_accepted", unknown, "list of resource control policies", "", "", nil, document.ResourceControls),
	"Immuta is kept out, a level unread":              organized("external_id_accepted", bad, "", "", "", func(w *world) { w.trust(openDoor) }, document.ResourceControls),
	"no reader, a level unread":                       organized("foreign_readers", sound, "", "", "", nil, document.ResourceControls),
	"no writer, a level unread":                       organized("foreign_writers", sound, "", "", "", nil, document.ResourceControls),
	"the upload is granted, a level unread":           organized("put_object", unknown, "list of service control policies", "", "", nil, document.ServiceControls),
	"the upload is lacking, a level unread":           organized("put_object", bad, "", "", "", func(w *world) { w.identity(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`) }, document.ServiceControls),
	"a level denies the upload, another unread":       organized("put_object", bad, "", `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`, "", nil, document.ServiceControls),

	// Control policies may confine whom the bucket policy does not.
	"nothing confines":                              organized("writers_confined", bad, "every principal of account 111111111111", "", "", openBucketPolicy),
	"nothing confines, a level unread":              organized("writers_confined", unknown, "list of service control policies", "", "", openBucketPolicy, document.ServiceControls),
	"nothing confines, another level unread":        organized("writers_confined", unknown, "list of resource control policies", "", "", openBucketPolicy, document.ResourceControls),
	"the bucket policy confines, levels unread":     organized("writers_confined", sound, "", "", "", nil, document.ServiceControls, document.ResourceControls),
	"a service control policy confines":             organized("writers_confined", sound, "the organization deny", confiningAll("", writing+","+deleting), "", openBucketPolicy),
	"a resource control policy confines":            organized("writers_confined", sound, "its Deny takes part", "", confiningAll(everyone, writing+","+deleting), openBucketPolicy),
	"one confines writing alone":                    organized("writers_confined", bad, "s3:DeleteObject and s3:DeleteObjectVersion", confiningAll("", writing), "", openBucketPolicy),
	"two together confine":                          organized("writers_confined", sound, "", confiningAll("", writing), confiningAll(everyone, deleting), openBucketPolicy),
	"one confines, without a bucket policy":         organized("writers_confined", sound, "", confiningAll("", writing+","+deleting), "", func(w *world) { w.absent(document.KindBucketPolicy, bucketARN) }),
	"one confines, and another level is unread":     organized("writers_confined", sound, "", confiningAll("", writing+","+deleting), "", openBucketPolicy, document.ResourceControls),
	"one spares a role that nobody declared":        organized("writers_confined", bad, opsARN, strings.Replace(confiningAll("", writing+","+deleting), `"`+roleARN+`"`, `["`+roleARN+`","`+opsARN+`"]`, 1), "", openBucketPolicy),
	"the writer's own organization, from the paths": organized("put_object", sound, "", "", "", func(w *world) { w.bucketPolicy(tlsStatement, denyOutside(organizationID)) }),

	// What is declared, and what Organizations says.
	"no organization is declared":            organized("organization", none, "", "", "", nil),
	"it is the declared one":                 organized("organization", sound, "", "", "", belonging(organizationID)),
	"it is another":                          organized("organization", bad, organizationID, "", "", belonging("o-other7x2k9")),
	"the account is not in it":               organized("organization", bad, "is not in the organization", "", "", allOf(belonging(organizationID), outside)),
	"the account is not in another":          organized("organization", none, "", "", "", allOf(belonging("o-other7x2k9"), outside)),
	"nobody reads it":                        {fact: "organization", alone: true, do: belonging(organizationID), want: expectation{"organization": none}},
	"it could not be read":                   organized("organization", unknown, "", "", "", allOf(belonging(organizationID), func(w *world) { w.deny(document.KindOrganization) })),
	"the account's place could not be read":  organized("organization", unknown, "", "", "", allOf(belonging(organizationID), func(w *world) { w.deny(document.KindOrganizationPath) })),
	"another is declared, and policies go":   organized("put_object", sound, "", "", "", allOf(belonging("o-other7x2k9"), func(w *world) { w.bucketPolicy(tlsStatement, denyOutside(organizationID)) })),
	"another is declared, and policies deny": organized("put_object", bad, "", "", "", allOf(belonging("o-other7x2k9"), func(w *world) { w.bucketPolicy(tlsStatement, denyOutside("o-other7x2k9")) })),
	"its place unread, and it is declared":   organized("put_object", unknown, "", "", "", allOf(belonging(organizationID), func(w *world) { w.deny(document.KindOrganizationPath) }, func(w *world) { w.bucketPolicy(tlsStatement, denyOutside(organizationID)) })),
	"by its path": organized("put_object", sound, "", "", "", func(w *world) {
		w.bucketPolicy(tlsStatement, strings.ReplaceAll(strings.Replace(denyOutside(organizationID+"/r-acme/*"), "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", 1), "StringNotEquals", "ForAnyValue:StringNotLike"))
	}),
	"anybody of it may write": organized("foreign_writers", bad, "anybody of organization "+organizationID, "", "", func(w *world) {
		exposed(w)
		w.bucketPolicy(tlsStatement, letIn(`{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`))
	}),
	"a service acts for it alone": organized("foreign_writers", sound, "", "", "", func(w *world) {
		w.bucketPolicy(tlsStatement, letService(`{"StringEquals":{"aws:SourceOrgID":"${aws:ResourceOrgID}"}}`))
	}),
}

// outside says that the account is not in the organization.
func outside(w *world) { w.absent(document.KindOrganizationPath, accountARN) }

// denyOutside denies uploads to whoever is not in an organization.
func denyOutside(id string) string {
	return `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"` + bucketARN + `/*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"` + id + `"}}}`
}

func letIn(condition string) string {
	return `{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"` + bucketARN + `/*","Condition":` + condition + `}`
}

func letService(condition string) string {
	return strings.Replace(letIn(condition), `"Principal":"*"`, `"Principal":{"Service":"cloudtrail.amazonaws.com"}`, 1)
}
