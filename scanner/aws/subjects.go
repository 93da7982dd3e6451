package aws

import (
	"context"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
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
		b := batch{}
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
func (p *plan) writerSubject(r *run, plans map[bucketID]*bucketPlan, record *scanner.Record) *subject {
	role, user := r.writerARNs(record)
	switch method := record.Configuration.Endpoint.Authentication; {
	case method == scanner.AuthenticationAccessKey && user != "",
		method != scanner.AuthenticationAssumedRole && role == "" && user != "":
		return p.principal(r, user, "user", r.userBatch)
	case method == scanner.AuthenticationAccessKey:
		return p.namedWriter(r, plans, record)
	case role != "":
		return p.principal(r, role, "role", r.roleBatch)
	case method == scanner.AuthenticationAssumedRole:
		return p.noWriter(r, document.KindRole, callGetRole, "Immuta does not tell the role; name it in exports.<id>.roleArn")
	default:
		return p.noWriter(r, document.KindRole, callGetRole,
			"Immuta tells neither role nor user; name it in exports.<id>.roleArn or userArn")
	}
}

// userUnknown says what to do where nobody tells whose access key an export uses.
const userUnknown = "Immuta does not tell whose access key it uses; name the user in exports.<id>.userArn"

// namedWriter is the one user whom the bucket's policy lets upload under the
// path, as Immuta's documents have it, where there is one.
func (p *plan) namedWriter(r *run, plans map[bucketID]*bucketPlan, record *scanner.Record) *subject {
	endpoint := &record.Configuration.Endpoint
	if !plainBucket(endpoint.Bucket) {
		return p.noWriter(r, document.KindUser, callGetUser, userUnknown)
	}
	id := bucketID{r.partitionFor(record), endpoint.Bucket}
	target := id.arn() + "/" + record.Configuration.Prefix() + "*"
	return p.want("named writer "+target, "", func(ctx context.Context) batch {
		if user, ok := r.userInPolicy(ctx, id, plans[id], target); ok {
			return r.namedUsers.Do(user, func() batch {
				b := r.userBatch(ctx, user)
				b.add(r.organizationBatch(ctx, parseARN(user).Account))
				return b
			})
		}
		b := batch{}
		b.fail(document.KindUser, "", "", &failure{call: callGetUser, reason: scanner.ReasonSubjectMissing, detail: userUnknown})
		return b
	})
}

// userInPolicy asks the bucket's policy for that user.
func (r *run) userInPolicy(ctx context.Context, id bucketID, p *bucketPlan, target string) (arn string, ok bool) {
	b := r.head(ctx, id, p)
	if b.missing {
		return "", false
	}
	for _, e := range r.bucketPolicy(ctx, b).evidence {
		policy, err := iam.Parse([]byte(e.Text), iam.ParseOptions{Name: "bucket policy", Type: iam.ResourcePolicy})
		if e.Absent || err != nil {
			continue // what is wrong with it is told where it is judged
		}
		user, found := iam.OneUser(iam.WhoIsNamed(policy, "s3:PutObject", target))
		return user.Principal.Value, found
	}
	return "", false
}

// bucketPolicy reads the policy of a bucket, once for all who ask.
func (r *run) bucketPolicy(ctx context.Context, b *bucket) batch {
	return r.bucketPolicies.Do(b.id, func() batch {
		out := batch{}
		for _, q := range bucketQuestions() {
			if q.kind == document.KindBucketPolicy {
				r.askBucket(ctx, b, q, &out)
			}
		}
		return out
	})
}

func (p *plan) noWriter(r *run, kind document.Kind, call, detail string) *subject {
	return p.want("no writer: "+detail, "", func(context.Context) batch {
		b := batch{}
		b.fail(kind, "", "", &failure{call: call, reason: scanner.ReasonSubjectMissing, detail: detail})
		return b
	})
}

// principal is a role or user by its ARN.
func (p *plan) principal(r *run, text, kind string, read func(context.Context, string) batch) *subject {
	parsed := parseARN(text)
	if principalName(parsed, kind) != "" {
		r.want(parsed, kind, text)
		return p.want(kind+" "+text, parsed.Account, func(ctx context.Context) batch { return read(ctx, text) })
	}
	evidence, call := document.KindRole, callGetRole
	if kind == "user" {
		evidence, call = document.KindUser, callGetUser
	}
	return p.want("not a "+kind+" "+text, "", func(context.Context) batch {
		b := batch{}
		b.fail(evidence, text, "", &failure{
			call: call, reason: scanner.ReasonSubjectMissing, detail: "this is not the ARN of a " + kind,
		})
		return b
	})
}
