package keys

// The cells of the table.
var (
	absent  = Cell{State: Absent}
	now     = Cell{State: Now}
	isSame  = Cell{State: same}
	isTrue  = Cell{State: Fixed, Values: []string{"true"}}
	isFalse = Cell{State: Fixed, Values: []string{"false"}}
	// neverTrue is false or absent: AWS does not document which.
	neverTrue = oneOf("", "false")
	either    = oneOf("true", "false")
)

func fixed(value string) Cell     { return Cell{State: Fixed, Values: []string{value}} }
func given(whose string) Cell     { return Cell{State: Given, Values: []string{whose}} }
func oneOf(values ...string) Cell { return Cell{State: OneOf, Values: values} }

// everywhere makes a key of which the same is known in every kind of request.
func everywhere(name string, c Cell) Key {
	return Key{Name: name, RoleUpload: c, UserUpload: c, KeyUse: c, Assume: c, Signed: c, Unsigned: c, Service: c, Provider: c}
}

// principalKeys are the keys that AWS derives from the caller.
func principalKeys() []Key {
	return []Key{
		{
			Name: "aws:PrincipalArn", Free: true, RoleUpload: given("the role's ARN, with its path"), UserUpload: given("the user's ARN"), KeyUse: isSame,
			Assume: given("the caller's ARN"), Signed: given("the caller's ARN"), Unsigned: absent, Service: absent,
		},
		{
			Name: "aws:PrincipalAccount", RoleUpload: given("the role's account"), UserUpload: given("the user's account"), KeyUse: isSame,
			Assume: given("the caller's account"), Signed: given("the caller's account"), Unsigned: fixed("anonymous"),
		},
		{Name: "aws:PrincipalOrgID", Declared: true, KeyUse: isSame, Unsigned: absent, Service: absent, Provider: absent},
		{Name: "aws:PrincipalOrgPaths", List: true, Declared: true, KeyUse: isSame, Unsigned: absent, Service: absent, Provider: absent},
		{Name: PrincipalTag, Declared: true, Free: true, KeyUse: isSame, Unsigned: absent, Service: absent},
		{
			Name: "aws:PrincipalIsAWSService", RoleUpload: isFalse, UserUpload: isFalse, KeyUse: isFalse, Assume: isFalse, Signed: isFalse,
			Unsigned: neverTrue, Service: isTrue, Provider: neverTrue,
		},
		fromServices("aws:PrincipalServiceName", given("the service")),
		list(fromServices("aws:PrincipalServiceNamesList", Cell{})),
		{
			Name: "aws:PrincipalType", Free: true, RoleUpload: fixed("AssumedRole"), UserUpload: fixed("User"), KeyUse: isSame,
			Assume: oneOf("AssumedRole", "User"), Unsigned: fixed("Anonymous"),
		},
		{
			Name: "aws:userid", RoleUpload: given("the role's id, and any session"), UserUpload: given("the user's id"), KeyUse: isSame,
			Unsigned: fixed("anonymous"),
		},
		{Name: "aws:username", RoleUpload: absent, UserUpload: given("the user's name"), KeyUse: isSame, Unsigned: absent, Service: absent, Provider: absent},
	}
}

// fromServices makes a key that only requests of a service in its own name
// hold.
func fromServices(name string, c Cell) Key {
	k := everywhere(name, absent)
	k.Service = c
	return k
}

func list(k Key) Key { k.List = true; return k }

// sessionKeys are the keys of temporary credentials. Immuta opens its session
// by sts:AssumeRole, as a program outside EC2, Lambda and the like, without
// MFA.
func sessionKeys() []Key {
	keys := []Key{
		{
			Name: "aws:TokenIssueTime", RoleUpload: now, UserUpload: absent, KeyUse: Cell{State: sameSession}, Unsigned: absent,
			Service: absent, Provider: absent,
		},
		{
			Name: "aws:MultiFactorAuthPresent", Free: true, RoleUpload: neverTrue, UserUpload: absent, KeyUse: neverTrue, Assume: neverTrue,
			Unsigned: absent, Service: absent, Provider: absent,
		},
		{
			Name: "aws:MultiFactorAuthAge", Free: true, RoleUpload: absent, UserUpload: absent, KeyUse: absent, Assume: absent,
			Unsigned: absent, Service: absent, Provider: absent,
		},
		{
			Name: "aws:FederatedProvider", RoleUpload: absent, UserUpload: absent, KeyUse: absent, Unsigned: absent, Service: absent,
		},
		{Name: "aws:SourceIdentity", Declared: true, UserUpload: absent, KeyUse: isSame, Unsigned: absent, Service: absent},
	}
	for _, name := range []string{
		"aws:AssumedRoot", "aws:SignInSessionArn", "aws:ChatbotSourceArn", "aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4",
		"ec2:RoleDelivery", "ec2:SourceInstanceArn", "glue:RoleAssumedBy", "glue:CredentialIssuingService", "codebuild:BuildArn",
		"codebuild:ProjectArn", "lambda:SourceFunctionArn", "ssm:SourceInstanceArn", "identitystore:UserId",
	} {
		keys = append(keys, Key{Name: name, RoleUpload: absent, UserUpload: absent, KeyUse: absent, Unsigned: absent, Service: absent, Provider: absent})
	}
	return keys
}

// networkKeys say where a request comes from. AWS does not document which of
// them S3 passes on to KMS.
func networkKeys() []Key {
	var keys []Key
	for _, name := range []string{
		"aws:SourceIp", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpcSourceIp",
	} {
		keys = append(keys, Key{Name: name, Declared: true})
	}
	return append(keys, Key{Name: "aws:VpceOrgPaths", List: true, Declared: true})
}

// resourceKeys are about the resource.
func resourceKeys() []Key {
	return []Key{
		{
			Name: "aws:ResourceAccount", RoleUpload: given("the bucket's owner"), UserUpload: given("the bucket's owner"), KeyUse: given("the key's account"),
			Assume: given("the role's account"), Signed: given("the owner"), Unsigned: given("the owner"), Service: given("the owner"), Provider: given("the role's account"),
		},
		{Name: "aws:ResourceOrgID", Declared: true},
		{Name: "aws:ResourceOrgPaths", List: true, Declared: true},
		{Name: ResourceTag, Declared: true},
	}
}

// requestKeys are about the request itself.
func requestKeys() []Key {
	direct := func(name string) Key {
		k := everywhere(name, absent)
		k.Signed = Cell{} // the request may come through a service
		return k
	}
	source := func(name string) Key { return fromServices(name, Cell{}) }
	mcp := everywhere("aws:ViaAWSMCPService", neverTrue)
	mcp.Signed, mcp.Free = Cell{}, true
	return []Key{
		list(direct("aws:CalledVia")), direct("aws:CalledViaFirst"), direct("aws:CalledViaLast"), direct("aws:CalledViaAWSMCP"),
		{
			Name: "aws:ViaAWSService", Free: true, RoleUpload: isFalse, UserUpload: isFalse, KeyUse: isTrue, Assume: isFalse,
			Signed: either, Unsigned: neverTrue, Service: neverTrue, Provider: neverTrue,
		},
		mcp, everywhere("aws:IsMcpServiceAction", neverTrue),
		everywhere("aws:CurrentTime", now), everywhere("aws:EpochTime", now),
		{Name: "aws:referer", Free: true, RoleUpload: absent, UserUpload: absent, KeyUse: absent, Assume: absent},
		{
			Name: "aws:RequestedRegion", Declared: true, Free: true, RoleUpload: given("the bucket's region"), UserUpload: given("the bucket's region"),
			KeyUse: given("the bucket's region"),
		},
		{Name: "aws:RequestTag/", Declared: true, Free: true, RoleUpload: absent, UserUpload: absent, KeyUse: absent},
		{Name: "aws:TagKeys", List: true, Declared: true, Free: true, RoleUpload: absent, UserUpload: absent, KeyUse: absent},
		{Name: "aws:SecureTransport", Free: true, RoleUpload: isTrue, UserUpload: isTrue, KeyUse: isTrue, Assume: isTrue, Provider: isTrue},
		source("aws:SourceAccount"), source("aws:SourceArn"), source("aws:SourceOrgID"), list(source("aws:SourceOrgPaths")), source("aws:SourceOwner"),
		{Name: "aws:UserAgent", Declared: true, Free: true},
	}
}
