"""Each stream is weeded by its own decision, and nothing without one."""

from datetime import timedelta

from sqlalchemy import func, select, update

from idp.domain import accounts as acts
from idp.domain.audit import record
from idp.domain.events import SignedIn
from idp.storage.audit_chain import seal_next
from idp.storage.audit_weeding import NoDecision, NothingToWeed, Weeded
from idp.storage.retention import types_of, weed_stream
from idp.storage.tables import access_history, accounts, audit_records
from tests.support import archiving


def test_streams_share_every_kind_of_record_but_the_logs_own():
    signins, administration = set(types_of("signins")), set(types_of("administration"))
    assert not signins & administration
    assert {"signin.succeeded", "access.decided", "token.issued"} <= signins
    assert {"role.given", "account.disabled", "record.opened"} <= administration
    assert not any(one.startswith("audit.") for one in signins | administration)


def test_A5_a_stream_is_weeded_under_its_decision_only(place):
    account = place.account("anna")
    with place.database.write() as uow:
        record(uow.audit, SignedIn(subject=account.id), place.occasion())
        assert acts.disable(uow, account.id, "left", place.occasion(), by="sync")
    while seal_next(place.database, place.sealer, place.now):
        pass
    later = place.now + timedelta(days=400)
    place.now = later
    occasion = place.occasion()
    before = later - timedelta(days=366)
    assert isinstance(weed_stream(place.database, "signins", before, " ", occasion), NoDecision)
    assert isinstance(weed_stream(place.database, "signins", before, "KS 12", occasion), Weeded)
    with place.database.read() as uow:
        rows = uow.connection.execute(select(audit_records.c.type, audit_records.c.payload)).all()
    kept = {row.type: row.payload is not None for row in rows}
    assert kept["account.disabled"]
    assert not kept["signin.succeeded"]
    assert kept["audit.weeded"]
    assert isinstance(weed_stream(place.database, "signins", before, "KS 12", occasion), NothingToWeed)


def test_what_was_kept_of_access_goes_with_the_signins_but_what_still_holds_stays(place):
    account = place.account("anna")
    for day in range(3):
        with place.database.write() as uow:
            state = "active" if day % 2 else "disabled"
            uow.connection.execute(update(accounts).where(accounts.c.id == account.id).values(state=state))
            archiving.keep(uow.connection, place.now + timedelta(days=day))
    before = place.now + timedelta(days=10)
    weed_stream(place.database, "signins", before, "KS 12", place.occasion())
    with place.database.read() as uow:
        assert uow.connection.execute(select(func.count()).select_from(access_history)).scalar() == 1
        (known,) = uow.archive.everybody(before, past=True)
    assert known.facts.account.state.value == "disabled"
