"""The directories that are read, each in a file of its own; `ldap_connection` underneath."""
