"""What has ended is forgotten after its time, and nothing else."""

from datetime import timedelta

from sqlalchemy import insert, select

from idp.storage import pruning
from idp.storage.tables import accounts, decisions, journeys, participants, persons, sessions
from tests.jobs.conftest import now


def journey(number: int, expires) -> dict:
    return {
        "digest": bytes([number]) * 32, "browser": bytes(32), "version": 1, "state": {},
        "created_at": now(), "expires_at": expires,
    }  # fmt: skip


def session(name: str, expires, ended=None) -> dict:
    return {
        "id": name, "handle_digest": name.encode().ljust(32), "account_id": "a", "proofs": [], "created_at": now(),
        "seen_at": now(), "expires_at": expires, "address": "", "user_agent": "", "ended_at": ended,
    }  # fmt: skip


def fill(database, at) -> None:
    with database.write() as uow:
        run = uow.connection.execute
        run(
            insert(persons).values(
                id="p",
                given_name="",
                surname="",
                display_name="",
                protection="none",
                origins={},
                created_at=at,
            )
        )
        run(
            insert(accounts).values(
                id="a",
                person_id="p",
                login="a",
                login_key="a",
                state="active",
                password_source="local",
                version=1,
            )
        )
        run(insert(journeys), [journey(1, at - timedelta(hours=2)), journey(2, at - timedelta(minutes=30))])
        run(
            insert(sessions),
            [
                session("living", at + timedelta(hours=1)),
                session("ended", at + timedelta(hours=1), at - timedelta(days=29)),
                session("long-ended", at + timedelta(hours=1), at - timedelta(days=31)),
                session("long-expired", at - timedelta(days=31)),
            ],
        )
        for name in ("living", "long-ended"):
            run(insert(participants).values(session_id=name, application_id="x", protocol="oidc", since=at))


def test_pruning_forgets_what_ended_long_ago_and_only_that(database):
    at = now()
    fill(database, at)
    assert pruning.prune(database, at, lambda: True) == 3
    with database.read() as uow:
        left = uow.connection.execute(select(sessions.c.id)).scalars().all()
        held = uow.connection.execute(select(participants.c.session_id)).scalars().all()
        assert len(uow.connection.execute(select(journeys)).all()) == 1
    assert (sorted(left), held) == (["ended", "living"], ["living"])
    assert pruning.prune(database, at, lambda: True) == 0


def test_the_facts_of_decisions_are_forgotten_after_a_year_and_what_was_decided_is_not(database):
    at = now()
    with database.write() as uow:
        uow.connection.execute(
            insert(decisions),
            [
                {
                    "id": name,
                    "at": at - timedelta(days=days),
                    "account_id": "a",
                    "outcome": "deny",
                    "facts": {},
                }
                for name, days in (("old", 366), ("young", 364))
            ],
        )
    assert pruning.prune(database, at, lambda: True) == 1
    with database.read() as uow:
        assert uow.connection.execute(select(decisions.c.id)).scalars().all() == ["young"]


def test_pruning_stops_when_it_is_told(database):
    at = now()
    fill(database, at)
    assert pruning.prune(database, at, lambda: False) == 0
