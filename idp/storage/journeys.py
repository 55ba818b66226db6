"""Sign-ins under way as rows: the state as JSON, what is secret sealed beside it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.domain.assurance import Assurance, Method
from idp.domain.authentication import AuthenticationRequirement, Channel
from idp.domain.handles import AccountId, ApplicationId, SessionId
from idp.domain.journey import Journey
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared, loads
from idp.storage.proofs import proofs_from_json, proofs_to_json
from idp.storage.tables import journeys

_ADD = Prepared(insert(journeys))
_GET = Prepared(
    select(journeys).where(
        journeys.c.digest == bindparam("journey"), journeys.c.expires_at > bindparam("now")
    )
)
_SAVE = Prepared(
    update(journeys)
    .where(
        journeys.c.digest == bindparam("journey"),
        journeys.c.version == bindparam("seen_version"),
        journeys.c.done_at.is_(None),
    )
    .values(
        version=bindparam("new_version"),
        account_id=bindparam("new_account"),
        state=bindparam("new_state"),
        secrets=bindparam("new_secrets"),
        done_at=bindparam("new_done"),
    )
)


def requirement_to_json(requirement: AuthenticationRequirement) -> dict[str, Any]:
    """Return the JSON value of a requirement; protocols store pending requests with it too."""
    since, age = requirement.fresh_since, requirement.max_age
    return {
        "application": requirement.application,
        "assurance": requirement.assurance.value,
        "max_age": age.total_seconds() if age is not None else None,
        "fresh_since": to_micros(since) if since else None,
        "interactive": requirement.interactive,
        "channel": requirement.channel.value,
        "login_hint": requirement.login_hint,
        "subject": requirement.subject,
        "one_of": sorted(requirement.one_of),
        "sent_codes": requirement.sent_codes,
    }


def requirement_from_json(value: dict[str, Any]) -> AuthenticationRequirement:
    """Return the requirement of `requirement_to_json`."""
    since, age = value["fresh_since"], value["max_age"]
    return AuthenticationRequirement(
        application=ApplicationId(value["application"]) if value["application"] else None,
        assurance=Assurance(value["assurance"]),
        max_age=timedelta(seconds=age) if age is not None else None,
        fresh_since=from_micros(since) if since is not None else None,
        interactive=value["interactive"],
        channel=Channel(value["channel"]),
        login_hint=value["login_hint"],
        subject=AccountId(value["subject"]) if value["subject"] else None,
        # A journey that an older program began has neither.
        one_of=frozenset(map(Method, value.get("one_of", ()))),
        sent_codes=value.get("sent_codes", True),
    )


def _state(journey: Journey) -> str:
    state: dict[str, Any] = {
        "requirement": requirement_to_json(journey.requirement),
        "return_path": journey.return_path,
        "session": journey.session_id,
        "proofs": proofs_to_json(journey.proofs),
        "must_change": journey.must_change_password,
        "pending_factor": journey.pending_factor,
        "may_bind": journey.may_bind,
        "trust_device": journey.trust_device,
        "called": journey.called,
    }
    if journey.turned_away[0]:
        state["turned_away"] = list(journey.turned_away)
    return json.dumps(state, separators=(",", ":"))


class SqlJourneys:
    """Implements `ports.Journeys`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, journey: Journey) -> None:
        _ADD.run(
            self._connection,
            digest=journey.digest,
            browser=journey.browser,
            version=journey.version,
            account_id=journey.account_id,
            state=_state(journey),
            secrets=_secrets(journey),
            created_at=to_micros(journey.created_at),
            expires_at=to_micros(journey.expires_at),
            done_at=None,
        )

    def get(self, digest: bytes, now: datetime) -> Journey | None:
        row = _GET.run(self._connection, journey=digest, now=to_micros(now)).mappings().first()
        if row is None:
            return None
        state = loads(row["state"])
        sealed = json.loads(row["secrets"]) if row["secrets"] else {}
        return Journey(
            digest=row["digest"],
            browser=row["browser"],
            requirement=requirement_from_json(state["requirement"]),
            return_path=state["return_path"],
            created_at=from_micros(row["created_at"]),
            expires_at=from_micros(row["expires_at"]),
            session_id=SessionId(state["session"]) if state["session"] else None,
            account_id=AccountId(row["account_id"]) if row["account_id"] else None,
            proofs=proofs_from_json(state["proofs"]),
            must_change_password=state["must_change"],
            password=bytes.fromhex(sealed.get("password", "")),
            pending_factor=state["pending_factor"],
            recovery_codes=bytes.fromhex(sealed.get("recovery_codes", "")),
            may_bind=state["may_bind"],
            called=state.get("called", False),
            turned_away=(state["turned_away"][0], state["turned_away"][1])
            if "turned_away" in state
            else ("", ""),
            trust_device=state.get("trust_device", False),
            done_at=from_micros(row["done_at"]) if row["done_at"] is not None else None,
            version=row["version"],
        )

    def save(self, journey: Journey) -> Journey | None:
        changed = _SAVE.run(
            self._connection,
            journey=journey.digest,
            seen_version=journey.version,
            new_version=journey.version + 1,
            new_account=journey.account_id,
            new_state=_state(journey),
            new_secrets=_secrets(journey),
            new_done=to_micros(journey.done_at) if journey.done_at is not None else None,
        )
        return replace(journey, version=journey.version + 1) if changed.rowcount == 1 else None

    def pass_on(self, journey: Journey, digest: bytes, expires_at: datetime) -> Journey | None:
        changed = self._connection.execute(
            update(journeys)
            .where(
                journeys.c.digest == journey.digest,
                journeys.c.version == journey.version,
                journeys.c.done_at.is_(None),
            )
            .values(digest=digest, version=journey.version + 1, expires_at=expires_at)
        )
        passed = replace(journey, digest=digest, version=journey.version + 1, expires_at=expires_at)
        return passed if changed.rowcount == 1 else None


def _secrets(journey: Journey) -> bytes | None:
    # Both values arrive sealed from the domain; this only keeps them together.
    held = {"password": journey.password.hex(), "recovery_codes": journey.recovery_codes.hex()}
    kept = {name: value for name, value in held.items() if value}
    return json.dumps(kept).encode("ascii") if kept else None
