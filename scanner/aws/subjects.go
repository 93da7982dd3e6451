package aws

import (
	"context"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// bucketSubjects are the bucket of an export and the path in it.
func (p *plan) bucketSubjects(r *run, plans map[bucketID]*bucketPlan, record *scanner.Record) []*subject {
	endpoint := &record.Configuration.Endpoint
	id := bucketID{r.partitionFor(record), endpoint.Bucket}
	if !plainBucket(endpoint.Bucket) {
		return []*subject{p.notBucket(r, id)}
	}
	suggested := plans[id]
	account := ""
	if owners := r.owners(suggested); len(owners) > 0 && r.known(owners[0]) {
		account = owners[0]
	}
	prefix := record.Configuration.Prefix()
	return []*subject{
		p.want("bucket "+id.arn(), account, func(ctx context.Context) batch { return r.bucketBatch(ctx, id, suggested) }),
		p.want("delivery "+id.arn()+"/"+prefix, account, func(ctx context.Context) batch {
			return r.deliveryBatch(ctx, id, suggested, prefix)
		}),
	}
}

// notBucket stands for a field that names no plain bucket: nobody asks about
// it, and that is said of each kind.
func (p *plan) notBucket(r *run, id bucketID) *subject {
	resource := id.arn()
	if strings.HasPrefix(id.name, "arn:") {
		resource = id.name
	}
	f := &failure{
		call: callHeadBucket, reason: scanner.ReasonUnsupported,
		detail: "only plain buckets are read, not access points, directory buckets or anything else",
	}
	if id.name == "" {
		f = &failure{call: callHeadBucket, reason: scanner.ReasonSubjectMissing, detail: "Immuta names no bucket"}
	}
	return p.want("not a bucket "+resource, "", func(context.Context) batch {
		b := batch{now: r.options.Now}
		for _, kind := range bucketKinds() {
			b.fail(kind, resource, "", f)
		}
		return b
	})
}

// writerARNs are the role and the user of an export: what Immuta says, else
// what the operator declared.
func (r *run) writerARNs(record *scanner.Record) (role, user string) {
	endpoint := &record.Configuration.Endpoint
	hint := r.options.Hints[record.Configuration.ID]
	role, user = endpoint.RoleARN, hint.UserARN
	if role == "" {
		role = hint.RoleARN
	}
	if user == "" {
		user = endpoint.UserARN
	}
	return role, user
}

// writerSubject is the role or the user that uploads; where Immuta does not
// say which, whichever is known.
func (p *plan) writerSubject(r *run, record *scanner.Record) *subject {
	role, user := r.writerARNs(record)
	switch method := record.Configuration.Endpoint.Authentication; {
	case method == scanner.AuthenticationAccessKey && user != "",
		method != scanner.AuthenticationAssumedRole && role == "" && user != "":
		return p.principal(r, user, "user", r.userBatch)
	case method == scanner.AuthenticationAccessKey:
		return p.noWriter(r, document.KindUser, callGetUser,
			"Immuta does not tell whose access key it uses; name the user in exports.<id>.userArn")
	case role != "":
		return p.principal(r, role, "role", r.roleBatch)
	case method == scanner.AuthenticationAssumedRole:
		return p.noWriter(r, document.KindRole, callGetRole, "Immuta does not tell the role; name it in exports.<id>.roleArn")
	default:
		return p.noWriter(r, document.KindRole, callGetRole,
			"Immuta tells neither role nor user; name it in exports.<id>.roleArn or userArn")
	}
}

func (p *plan) noWriter(r *run, kind document.Kind, call, detail string) *subject {
	return p.want("no writer: "+detail, "", func(context.Context) batch {
		b := batch{now: r.options.Now}
		b.fail(kind, "", "", &failure{call: call, reason: scanner.ReasonSubjectMissing, detail: detail})
		return b
	})
}

// principal is a role or user by its ARN.
func (p *plan) principal(r *run, text, kind string, read func(context.Context, string) batch) *subject {
	parsed := parseARN(text)
	if principalName(parsed, kind) != "" {
		return p.want(kind+" "+text, parsed.Account, func(ctx context.Context) batch { return read(ctx, text) })
	}
	evidence, call := document.KindRole, callGetRole
	if kind == "user" {
		evidence, call = document.KindUser, callGetUser
	}
	return p.want("not a "+kind+" "+text, "", func(context.Context) batch {
		b := batch{now: r.options.Now}
		b.fail(evidence, text, "", &failure{
			call: call, reason: scanner.ReasonSubjectMissing, detail: "this is not the ARN of a " + kind,
		})
		return b
	})
}
