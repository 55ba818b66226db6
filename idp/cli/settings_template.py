"""The settings file that `portvakt init` writes: every key, its default, and what it is for."""

TEMPLATE = """\
# Settings of Portvakt; docs/configuration.md tells more. Environment variables go before what is said here:
# PORTVAKT_ISSUER, and PORTVAKT_LISTEN__PORT for a key of a table. Relative paths start at this file's folder.

# The public address, as browsers and systems see it. It never changes: every token names it.
issuer = {issuer}

# The organisation's name and whom to ask for help, shown on the pages.
organisation = {organisation}
contact = ""
help_text = ""

# Domain of the e-mail addresses that are made for people whose directory has no mail_domain of its own.
mail_domain = ""

# The key file that secrets in the database are sealed with. Keep a copy, apart from the database's backups.
master_key = "master.key"

# This node's name in the audit log; the host's name if not given.
# node = "portvakt-1"

# The proxies whose X-Forwarded-For is believed. Empty: nobody's word is taken.
trusted_proxies = []

[listen]
host = {host}
port = {port}

[database]
# sqlite:///FILE, or postgresql://USER@HOST/DATABASE; with a password in it, rather {{ file = "PATH" }}.
url = {database}

[sessions]
absolute = "12h"  # how long a session lives at most
idle = "2h"       # how long it lives unused

[passwords]
# Local passwords only; a directory's are checked there.
# lanes = 2  # hashes computed at once; unless it is said, one for each core, at most four
remember_for = "0s"  # of a directory's, for systems that stay open without it: docs/operators/directory-down.md
profile = "owasp"  # or "rfc9106": slower, for large machines
# How hard a new one must be to guess: 0 (anything goes) to 4.
least_score = 3
# Passwords that have leaked elsewhere: SHA-1 hashes in order, one a line.
# breached_file = "breached-passwords.txt"

[outgoing]
# Where Portvakt may connect to by itself for a registered system: logout addresses.
allowed_hosts = []
allowed_networks = []

[mail]
# The server that messages to people are handed to: what changed in the ways into their accounts.
# host = "smtp.example.se"
# encryption = "starttls"  # or "tls"; "none" for a server on this machine
# port = 587
# sender = "Portvakt <no-reply@example.se>"
# login = ""
# password = {{ file = "secrets/mail" }}

[passkeys]
# The domain that passkeys belong to: the issuer's host, or one above it. It never changes: a passkey is of one domain.
# domain = "example.se"
# origins = []                  # other origins than the issuer's that may use them
regressed_counter = "refuse"    # or "report": what a key does whose counter goes backwards
# Which models are genuine: the FIDO Alliance's metadata and the certificate that it is signed under.
# metadata = "fido-metadata.jwt"
# metadata_root = "fido-root.pem"

[radius]
serve = false           # also within `portvakt serve`; or run `portvakt radius`, several side by side
listen = ["127.0.0.1"]  # addresses of this machine, not 0.0.0.0 where it has several
port = 1812
accounting_port = 1813
workers = 16            # how many requests are handled at once
# RADIUS over TLS (RadSec): the server's certificate and key, and whose certificates clients must show.
tls_port = 2083
# tls_certificate = "radsec.pem"
# tls_key = "radsec.key"
# tls_ca = "radsec-ca.pem"

[text_messages]
# The gateway through which codes are sent by telephone, to numbers that were approved beforehand.
# url = "https://gateway.example.se/sms"
# voice_url = ""
# format = "json"  # or "form"
# number_field = "to"
# text_field = "message"
# fields = {{ from = "Ekvik" }}
# authorization = {{ file = "secrets/text-messages" }}
per_day = 1000  # how many codes may be sent in a day, for what they cost

[audit]
# Checkpoints of the audit log's chain; ship the file to another machine.
# checkpoint_file = "audit-checkpoints.jsonl"

[log]
level = "info"   # debug, info, warning, error
format = "json"  # or "text"
"""
