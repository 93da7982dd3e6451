// Package trail knows what calls to S3 can do to an audit trail in a bucket. It
// asks no policy who may make them.
package trail

import "sync"

// Action is an IAM action that can forge, destroy or reveal a trail, or take away
// what protects it.
type Action struct {
	Name   string // "s3:PutObject"
	Bucket bool   // it is about the bucket, not about an object
	Does   string // to the trail, in a clause
}

// Harmful lists the actions, the plainest first. S3 checks an action against
// the bucket or its objects as AWS's service authorization reference says.
// Actions that only read, cost money or say where a copy of a listing goes are
// not among them. The list is shared and must not be changed.
func Harmful() []Action { return harmful() }

var harmful = sync.OnceValue(func() []Action { return append(onObjects(), onBuckets()...) })

// Revealing lists the actions that tell what a trail holds, the plainest first. The
// list is shared and must not be changed.
func Revealing() []Action { return revealing() }

var revealing = sync.OnceValue(func() []Action {
	return []Action{
		{Name: "s3:GetObject", Does: "reads events"},
		{Name: "s3:GetObjectVersion", Does: "reads earlier versions of objects"},
		{Name: "s3:GetObjectVersionForReplication", Does: "reads objects, as replication does"},
		{Name: "s3:GetObjectTorrent", Does: "reads objects by BitTorrent, where that is still served"},
		{Name: "s3:ListBucket", Bucket: true, Does: "tells which events there are, and from when"},
		{Name: "s3:ListBucketVersions", Bucket: true, Does: "tells which versions of them there are"},
	}
})

func onObjects() []Action {
	return []Action{
		{Name: "s3:PutObject", Does: "forges events, and overwrites them where nothing keeps the earlier version"},
		{Name: "s3:DeleteObject", Does: "destroys events, or hides them behind a delete marker"},
		{Name: "s3:DeleteObjectVersion", Does: "destroys events for good"},
		{Name: "s3:ReplicateObject", Does: "writes objects, as replication does"},
		{Name: "s3:ReplicateDelete", Does: "hides objects, as replication does"},
		{Name: "s3:ReplicateTags", Does: "sets the tags by which policies and lifecycle rules go"},
		{Name: "s3:PutObjectAcl", Does: "gives others access to objects"},
		{Name: "s3:PutObjectVersionAcl", Does: "gives others access to versions of objects"},
		{Name: "s3:PutObjectTagging", Does: "sets the tags by which policies and lifecycle rules go"},
		{Name: "s3:PutObjectVersionTagging", Does: "sets the tags by which policies and lifecycle rules go"},
		{Name: "s3:DeleteObjectTagging", Does: "takes away the tags by which policies and lifecycle rules go"},
		{Name: "s3:DeleteObjectVersionTagging", Does: "takes away the tags by which policies and lifecycle rules go"},
		{Name: "s3:PutObjectRetention", Does: "sets for how long an object is locked"},
		{Name: "s3:PutObjectLegalHold", Does: "takes away a legal hold"},
		{Name: "s3:BypassGovernanceRetention", Does: "destroys or unlocks what is locked in governance mode"},
		{Name: "s3:AbortMultipartUpload", Does: "ends an upload before it is complete"},
		{Name: "s3:UpdateObjectEncryption", Does: "moves objects to a key that others rule"},
	}
}

func onBuckets() []Action {
	bucket := func(name, does string) Action { return Action{Name: name, Bucket: true, Does: does} }
	return []Action{
		bucket("s3:PutBucketPolicy", "gives anybody any access, or locks Immuta out"),
		bucket("s3:DeleteBucketPolicy", "takes away every Deny, and the grants that Immuta needs"),
		bucket("s3:PutBucketAcl", "gives others access to the bucket"),
		bucket("s3:PutBucketOwnershipControls", "brings access control lists back into force"),
		bucket("s3:PutBucketPublicAccessBlock", "lets the bucket become public"),
		bucket("s3:PutLifecycleConfiguration", "has S3 expire events early"),
		bucket("s3:PutBucketVersioning", "suspends versioning, so that overwriting destroys"),
		bucket("s3:PutBucketObjectLockConfiguration", "takes away or shortens the default retention"),
		bucket("s3:PutEncryptionConfiguration", "has events encrypted with a key that others rule, or that Immuta may not use"),
		bucket("s3:PutReplicationConfiguration", "has events copied to others, or no longer to a safe place"),
		bucket("s3:PutBucketLogging", "stops the record of who accessed the trail"),
		bucket("s3:PutBucketRequestPayment", "has S3 refuse uploads that do not offer to pay"),
		bucket("s3:PutBucketABAC", "has policies go by tags, or no longer"),
		bucket("s3:PutBucketTagging", "sets the tags by which policies go"),
		bucket("s3:TagResource", "sets the tags by which policies go"),
		bucket("s3:UntagResource", "takes away the tags by which policies go"),
		bucket("s3:PutIntelligentTieringConfiguration", "moves events to where they cannot be read at once"),
		bucket("s3:DeleteBucket", "takes away an empty bucket, whose name anybody may then take"),
		bucket("s3:CreateAccessPoint", "makes a door into a bucket that delegates to access points"),
		bucket("s3:PutAccessPointPolicy", "opens such a door"),
		bucket("s3:DeleteAccessPointPolicy", "takes away what closed such a door"),
		bucket("s3:PutAccessPointPublicAccessBlock", "lets such a door become public"),
		bucket("s3:CreateMultiRegionAccessPoint", "makes a door for several regions"),
		bucket("s3:PutMultiRegionAccessPointPolicy", "opens such a door"),
	}
}
