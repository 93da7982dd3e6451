// Package query writes the GraphQL queries that are sent: the forms of the list
// query, and the query for a type of the schema, from which the fullest form is
// made. It asks for known fields only, and none of them is a secret. It sends
// nothing and reads no list.
package query
