// Package query writes the GraphQL queries that are sent: the forms of the list
// query, and the query about a type of the schema, from which the fullest form
// is made. It asks for known fields only, and no secret is among them. It sends
// nothing and reads no list.
package query
