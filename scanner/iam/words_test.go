package iam_test

// vocabulary of conditions: the operators that suit a key, the values of policies and requests.
type keyWords struct {
	key       string
	operators []string
	policy    []any
	request   []string
	list      bool
}

var words = []keyWords{
	{
		"aws:PrincipalTag/team",
		[]string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Null"},
		[]any{"a", "A", "ab", "a*", "*b", "*", "?", "${aws:username}", "${aws:TagKeys}", "${*}", "a${?}"},
		[]string{"a", "A", "ab", "b", "*", "c", "${aws:username}"},
		false,
	},
	{"aws:username", []string{"StringEquals", "StringNotLike", "Null"}, []any{"a", "b*", "${aws:PrincipalTag/team}"}, []string{"a", "b", "ab"}, false},
	{
		"aws:TagKeys",
		[]string{"ForAnyValue:StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAllValues:StringLike", "StringEquals", "StringNotEquals", "Null"},
		[]any{"a", "b", "a*"},
		[]string{"a", "b", "ab"},
		true,
	},
	{
		"aws:SourceIp",
		[]string{"IpAddress", "NotIpAddress"},
		[]any{"10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "10.1.2.3/16", "junk"},
		[]string{"10.1.2.3", "10.1.9.9", "11.0.0.1", "2001:db8::1", "junk"},
		false,
	},
	{
		"s3:max-keys",
		[]string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
		[]any{"5", 5.0, "7", "x"},
		[]string{"4", "5", "5.0", "6", "7", "8", "x"},
		false,
	},
	{
		"aws:CurrentTime",
		[]string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
		[]any{"2024-01-01T00:00:00Z", "2024-01-01", "1704067200", "2025-01", "x"},
		[]string{"2024-01-01T00:00:00Z", "2024-01-01T02:00:00+02:00", "2024-06-01T00:00:00Z", "2026-01-01T00:00:00Z", "x"},
		false,
	},
	{"aws:SecureTransport", []string{"Bool", "Null"}, []any{"true", "false", true, "True"}, []string{"true", "false"}, false},
	{
		"aws:SourceArn",
		[]string{"ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike"},
		[]any{"arn:aws:sns:*:1:t", "arn:aws:s*:::b", "arn:aws:sns:r:1:*", "*", "arn:aws:sns:*"},
		[]string{"arn:aws:sns:r:1:t", "arn:aws:sns:r:x:1:t", "arn:aws:s3:::b", "junk"},
		false,
	},
	{
		"aws:PrincipalArn",
		[]string{"ArnEquals", "StringEquals"},
		[]any{"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:*"},
		[]string{"arn:aws:iam::111111111111:role/app", "arn:aws:iam::222222222222:role/app"},
		false,
	},
	{"s3:key", []string{"BinaryEquals"}, []any{"QQ==", "Qg=="}, []string{"QQ==", "Qg=="}, false},
}
