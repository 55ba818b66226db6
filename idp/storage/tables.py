"""The shared tables. A protocol's own tables are in its room's `tables.py`, the factors' in `mfa/tables.py`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects import postgresql

from idp.storage.columns import Instant, Json, metadata

Id = String(32)
AutoId = BigInteger().with_variant(Integer, "sqlite")

units = Table(
    "units",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Id, ForeignKey("units.id")),
    Column("key", String(128)),  # NULL: no directory lists it, but somebody is employed there
    Column("dn", Text),
    Column(
        "parent_code", String(64)
    ),  # as the directory says it; `parent_id` is NULL while no such unit is known
    Column("removed_at", Instant),
    UniqueConstraint("source", "code"),
    UniqueConstraint("source", "key"),
)

persons = Table(
    "persons",
    metadata,
    Column("id", Id, primary_key=True),
    Column("given_name", Text, nullable=False),
    Column("surname", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("protection", String(32), nullable=False),
    Column("employee_number", String(64), index=True),
    Column("language", String(16)),
    Column("origins", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)

employments = Table(
    "employments",
    metadata,
    Column("person_id", Id, ForeignKey("persons.id"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("unit_id", Id, ForeignKey("units.id"), primary_key=True),
    Column("title", Text, nullable=False),
    Column("starts", Instant),
    Column("ends", Instant),
    Index("ix_employments_unit_id", "unit_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("persons.id"), nullable=False, index=True),
    Column("login", String(320), nullable=False),
    Column("login_key", String(320), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("password_source", String(16), nullable=False),
    Column("password_hash", Text),
    # Fewer than fifteen characters: it never stands alone.
    Column("password_short", Boolean, nullable=False, default=False, server_default=false()),
    Column("directory", String(64)),
    Column("directory_key", String(128)),
    Column("starts", Instant),
    Column("disabled_reason", Text),
    Column("disabled_at", Instant),
    Column("disabled_by", String(16)),
    Column("cooling_until", Instant),  # after a reset of the ways in (domain/cooling_off.py)
    Column("version", Integer, nullable=False),
    UniqueConstraint("directory", "directory_key"),
)

# Argon2id hashes of directory passwords that were right lately, for when their directory is away (S16).
remembered_passwords = Table(
    "remembered_passwords",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Break-glass accounts: sealed until two people open one, for a time.
break_glass = Table(
    "break_glass",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("closed_since", Instant, nullable=False),
    Column("opened_until", Instant),  # NULL: sealed
)

account_roles = Table(
    "account_roles",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("unit_id", Id, primary_key=True, server_default=""),
    Column("given_at", Instant, nullable=False),
)

# Roles with their scope and end; one row for each time that a role was given. `account_roles` above is what
# an older version reads while both run; it goes with the next version.
role_grants = Table(
    "role_grants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("reach", String(16), nullable=False),  # organisation, unit, application
    Column("scope", String(64), nullable=False),  # a unit's code, an application's id, or ""
    Column("ends", Instant),
    Column("given_at", Instant, nullable=False),
    Column("given_by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_at", Instant),
    Column("taken_by", String(64)),
    Index(
        "uq_role_grants_held",
        "account_id",
        "role",
        "reach",
        "scope",
        unique=True,
        sqlite_where=text("taken_at IS NULL"),
        postgresql_where=text("taken_at IS NULL"),
    ),
    Index("ix_role_grants_scope", "reach", "scope"),
)

# What people are found by (storage/search_index.py), and whom the job has yet to index. `folded` begins each token
# with a space. `person_words` has a row for each token of those whose data are not protected.
person_search = Table(
    "person_search",
    metadata,
    Column("person_id", Id, primary_key=True),
    Column("sort", String(200), nullable=False, index=True),
    Column("folded", Text, nullable=False),
    Column("indexed_at", Instant, nullable=False, index=True),
)

person_words = Table(
    "person_words",
    metadata,
    # By bytes: a range of words is what begins alike, whatever the database's language.
    Column(
        "word",
        String(64).with_variant(postgresql.VARCHAR(64, collation="C"), "postgresql"),
        primary_key=True,
    ),
    Column("person_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)

search_due = Table("search_due", metadata, Column("person_id", Id, primary_key=True))

# What is to be done to an account at a time that somebody chose.
planned_acts = Table(
    "planned_acts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("act", String(16), nullable=False),  # disable, enable
    Column("due_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("planned_by", String(64), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("outcome", String(32)),  # done, withdrawn, nothing_to_do, or why not
    Index(
        "ix_planned_acts_due",
        "due_at",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

# What waits for a second helper (domain/approvals.py).
approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("act", String(32), nullable=False),
    Column("details", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Id, ForeignKey("accounts.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("state", String(16), nullable=False),  # asked, approved, rejected, used
    Column("decided_by", String(64), nullable=False, server_default=""),
    Column("changed_at", Instant, nullable=False),
)

# What decisions saw of each account, one row from each change on (storage/archive.py).
access_history = Table(
    "access_history",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("facts", Json, nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
)

# Applications, policies and networks as they were, one row for each version of the catalogue.
catalogue_history = Table(
    "catalogue_history",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("since", Instant, nullable=False, index=True),
    Column("content", Json, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("maker", Id, ForeignKey("accounts.id")),  # NULL: a command on the server
    Column("reach", String(16), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("acts", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("used_at", Instant),
)

# What was answered to a request with an Idempotency-Key, for a day; sealed, for an answer may hold a code.
api_answers = Table(
    "api_answers",
    metadata,
    Column("id", String(64), primary_key=True),  # the token and its key, digested
    Column("request_digest", LargeBinary(32), nullable=False),
    Column("sealed_answer", LargeBinary),
    Column("created_at", Instant, nullable=False, index=True),
)

# Every user name and address ever issued, and to whom: the reason why none passes to another person.
issued_names = Table(
    "issued_names",
    metadata,
    Column("space", String(255), primary_key=True),  # "login", or a mail domain
    Column("canonical", String(320), primary_key=True),
    Column("person_id", Id, ForeignKey("persons.id"), nullable=False, index=True),
    Column("issued_at", Instant, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("person_id", Id, ForeignKey("persons.id"), nullable=False, index=True),
    Column("domain", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # primary, alias
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("unconfirmed", Boolean, nullable=False, default=False),  # made of another script: look at it
    Index(
        "uq_addresses_primary",
        "person_id",
        "domain",
        unique=True,
        sqlite_where=text("kind = 'primary' AND until IS NULL"),
        postgresql_where=text("kind = 'primary' AND until IS NULL"),
    ),
)

groups = Table(
    "groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("name", String(255), nullable=False, index=True),
    Column("fingerprint", LargeBinary(16)),  # NULL for groups of our own
    UniqueConstraint("source", "key"),
)

group_members = Table(
    "group_members",
    metadata,
    Column("person_id", Id, ForeignKey("persons.id"), primary_key=True),
    Column("group_id", Id, ForeignKey("groups.id"), primary_key=True),
    Index("ix_group_members_group_id", "group_id"),
)

directory_entries = Table(
    "directory_entries",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("person_id", Id, ForeignKey("persons.id"), nullable=False, index=True),
    Column("dn", Text, nullable=False),
    Column("fingerprint", LargeBinary(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("employee_number", String(64), index=True),
    Column("record", Text, nullable=False),  # the canonical JSON text from which the fingerprint is made
    Column("changed_at", Instant, nullable=False),
    Column("ends_at", Instant),  # when what the record says will be over, if it is active
    # What the directory said when a human took it back: while it says the same, nothing is planned.
    Column("reverted", LargeBinary(16)),
    Column("reverted_active", Boolean),
    Index(
        "ix_directory_entries_ends_at",
        "source",
        "ends_at",
        sqlite_where=text("ends_at IS NOT NULL"),
        postgresql_where=text("ends_at IS NOT NULL"),
    ),
)

directory_watches = Table(
    "directory_watches",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("state", String(16), nullable=False),  # directory_sync.watch, WatchState
    Column("mechanism", String(32), nullable=False),
    Column("cookie", Text),
    Column("cookie_of", String(64), nullable=False),  # a hash of the settings for which the cookie holds
    Column("current_at", Instant),
    Column("changed_at", Instant),
    Column("took_micros", BigInteger),
    Column("changes", BigInteger, nullable=False),
    Column("full_at", Instant),
    Column("error", Text, nullable=False),
    Column("error_at", Instant),
    Column("window_at", Instant),
    Column("window_disabled", Integer, nullable=False),
    Column("node", String(64), nullable=False),  # which node follows it
    Column("capabilities", Json, nullable=False),  # what the server can and cannot do
)

# What an entry came to when it was last read: a memory of `directory_sync`, never a fact.
entry_readings = Table(
    "entry_readings",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("mark", LargeBinary(8), nullable=False),
    Column("fingerprint", LargeBinary(16), nullable=False),
)

# What a directory said of a unit or group when a human took it back: while it says the same, nothing is planned.
structure_taken_back = Table(
    "structure_taken_back",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("fingerprint", LargeBinary(16), nullable=False),
)

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(64), nullable=False, index=True),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("state", String(16), nullable=False),  # idp/provisioning/runs.py, RunState
    Column("plan_hash", String(64)),
    Column("report", Json, nullable=False),
    Column("reverts", Id),  # the run whose lines this one takes back
    Column("decided_by", String(64)),  # who released or rejected a braked plan
    # One plan of a source is being applied, and one waits for a human.
    Index(
        "uq_sync_runs_applying",
        "source",
        unique=True,
        sqlite_where=text("state = 'applying'"),
        postgresql_where=text("state = 'applying'"),
    ),
    Index(
        "uq_sync_runs_braked",
        "source",
        unique=True,
        sqlite_where=text("state IN ('braked', 'released')"),
        postgresql_where=text("state IN ('braked', 'released')"),
    ),
    # By which runs has this one been taken back? Few runs are of that kind.
    Index(
        "ix_sync_runs_reverts",
        "reverts",
        sqlite_where=text("reverts IS NOT NULL"),
        postgresql_where=text("reverts IS NOT NULL"),
    ),
)

sync_lines = Table(
    "sync_lines",
    metadata,
    Column("run_id", Id, ForeignKey("sync_runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Text, nullable=False),  # the canonical JSON text of directory_sync.line_json
    Column("state", String(16), nullable=False),  # pending, applied, left_out
    Column("reason", Text),  # why it was left out
    Column("previous", Text),  # what the line replaced, as JSON, so that it can be taken back
)

applications = Table(
    "applications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("protocol", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("titles", Json, nullable=False),
    Column("description", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("policy", Json, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# What owners and administrators of systems decided about single people. Rows are ended, never deleted.
entitlements = Table(
    "entitlements",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # let_in, kept_out, role
    Column("role", String(64), nullable=False),
    Column("ends", Instant),
    Column("reason", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("given_by", String(64), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(64)),
    Index(
        "uq_entitlements_held",
        "account_id",
        "application_id",
        "kind",
        "role",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

# The roles that a system knows by itself, which its administrator assigns.
application_roles = Table(
    "application_roles",
    metadata,
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(64), primary_key=True),
    Column("title", Text, nullable=False),
)

networks = Table(
    "networks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("prefixes", Json, nullable=False),
    Column("may_enrol", Boolean, nullable=False),
    Column("failure_limit", Integer),
)

# What holds for the whole organisation, by subject: `factors` (configuration/factors.py).
organisation_rules = Table(
    "organisation_rules",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("rules", Json, nullable=False),
)

directories = Table(
    "directories",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("settings", Json, nullable=False),
    Column("sealed_password", LargeBinary),
    Column("mail_domain", String(255)),
)

# One row. Every change of applications, networks, clients and keys raises it; readers compare it.
catalogue_version = Table(
    "catalogue_version",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

# What `portvakt apply` last made of each object that a file manages: the third side of its comparison.
configured_objects = Table(
    "configured_objects",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("file", String(255), nullable=False),
    Column("fields", Json, nullable=False),
    Column("applied_at", Instant, nullable=False),
)

journeys = Table(
    "journeys",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("browser", LargeBinary(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("account_id", Id),
    Column("state", Json, nullable=False),
    Column("secrets", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("done_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("handle_digest", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("proofs", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Column("ended_at", Instant),
    Column("ended_reason", String(32)),
)

trusted_devices = Table(
    "trusted_devices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("handle_digest", LargeBinary(32), nullable=False, unique=True),
    Column("trusted_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("ended_at", Instant),
)

participants = Table(
    "participants",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id"), primary_key=True),
    Column("application_id", Id, primary_key=True),
    Column("protocol", String(16), nullable=False),
    Column("since", Instant, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("application_id", Id),
    Column("outcome", String(16), nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_decisions_account_id_at", "account_id", "at"),
    Index("ix_decisions_at", "at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", AutoId, primary_key=True, autoincrement=True),
    Column("topic", String(64), nullable=False),
    Column("lane", String(200), nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("leased_until", Instant),
    Column("lease", String(32)),
    Column("done_at", Instant),
    Column("dead_at", Instant),
    Column("last_error", Text),
    Index(
        "ix_outbox_due",
        "due_at",
        sqlite_where=text("done_at IS NULL AND dead_at IS NULL"),
        postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
    ),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
    Column("term", BigInteger, nullable=False),  # grows with each new holder
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("id", AutoId, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("type", String(64), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("object", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("request_id", String(32), nullable=False, index=True),
    Column("node", String(64), nullable=False),
    Column("payload", Json),  # NULL once weeded; `payload_digest` stays
    Column("payload_digest", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)

# One row per sealed batch of positions; `seal` is a keyed hash over the previous seal and the batch's last link.
audit_seals = Table(
    "audit_seals",
    metadata,
    Column("number", AutoId, primary_key=True, autoincrement=False),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("seal", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
)

# The chain: the place of each record, given when it is sealed (ids may become visible out of order), and a
# keyed hash over the previous link, the place and the record's digest.
audit_positions = Table(
    "audit_positions",
    metadata,
    Column("position", AutoId, primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, nullable=False, unique=True),
    Column("link", LargeBinary(32), nullable=False),
)

# Refusals that come in floods: counted here, recorded together (idp/domain/floods.py).
audit_floods = Table(
    "audit_floods",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("refused", Integer, nullable=False),
    Column("since", Instant, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(64), primary_key=True),  # the JWK thumbprint (RFC 7638)
    Column("algorithm", String(16), nullable=False),
    Column("public", Json, nullable=False),
    Column("sealed_private", LargeBinary),  # erased when it has signed for the last time
    Column("published_at", Instant, nullable=False),
    Column("signs_from", Instant, nullable=False),
    Column("signs_until", Instant),
    Column("retires_at", Instant),
    # One key of each algorithm has no successor yet: whoever plans a rotation twice hits this.
    Index(
        "uq_signing_keys_newest",
        "algorithm",
        unique=True,
        sqlite_where=text("signs_until IS NULL"),
        postgresql_where=text("signs_until IS NULL"),
    ),
)

# What systems were told of whom: facts' names, never their values.
releases = Table(
    "releases",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("facts", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Index("ix_releases_application_id", "application_id"),
)
