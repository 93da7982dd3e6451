# METADATA
# description: How a key ends, in words. Nothing here reads the input.
package trailguard.lib.lasting

# scheduled says of a key that is to be deleted when that is, where KMS tells.
scheduled(key) := sprintf("is scheduled for deletion, on %s", [key.deletion]) if key.deletion != ""

scheduled(key) := "is scheduled for deletion" if key.deletion == ""

# material says what ends a key's imported material.
material(key) := "is not there" if key.empty

material(key) := sprintf("expired on %s", [key.expires]) if key.expired

material(key) := sprintf("expires on %s, in %d days", [key.expires, key.days]) if {
	key.expires != ""
	not key.expired
}

# soon says that imported material is gone, or goes within two weeks.
soon(key) if key.empty

soon(key) if {
	key.expires != ""
	key.days < 14
}
