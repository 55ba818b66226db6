"""The whole synthetic municipality, read with the demo's own mapping, beside an oracle that shares no rule with us."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from deploy.municipality.expected import expected_result
from deploy.municipality.generate import build, directory_ldif
from deploy.municipality.slapd import Slapd
from directory_sync import (
    Changed,
    ConflictKind,
    Joiner,
    LdapSource,
    Leaver,
    Mover,
    Outcome,
    Protection,
    synchronise,
)
from directory_sync.dn import normal_dn
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.town import settings_for

ROOT = Path(__file__).parents[2]
REFERENCE = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
REASONS = {
    "no_name": "no usable name",
    "not_utf8": "bytes that are not UTF-8",
    "control_character": "control characters",
}


@pytest.fixture(scope="module")
def expected():
    return expected_result(build(REFERENCE))


@pytest.fixture(scope="module")
def municipality(tmp_path_factory):
    server = Slapd(tmp_path_factory.mktemp("municipality"), durable=False)
    server.load(directory_ldif(REFERENCE))
    with server:
        yield server


@pytest.fixture(scope="module")
def settings(municipality):
    demo = tomllib.loads((ROOT / "deploy/demonstration/ekvik.toml").read_text(encoding="utf-8"))
    timeouts = {"connect": 5, "operation": 30, "sign_in": 8, "reading": 300}
    mapping = demo["directories"]["ekvik"]["mapping"]
    return settings_for(municipality.url, mapping=mapping, page_size=500, timeouts=timeouts)


@pytest.fixture(scope="module")
def synchronised(settings):
    sink = MemorySink()
    report = synchronise(LdapSource(settings), settings.mapping, sink, NOON)
    assert report.outcome is Outcome.APPLIED
    assert report.reason is None
    return sink, report


def joiners(report):
    return [line for line in report.plan.lines if isinstance(line, Joiner)]


def by_dn(dns):
    return {normal_dn(dn) for dn in dns}


def test_everybody_is_read_and_only_the_broken_are_listed(synchronised, expected):
    _, report = synchronised
    broken = {normal_dn(b.dn): b.reason for b in report.broken}
    wanted = [b for b in expected.broken if b.reason != "same_employee_number"]
    assert broken.keys() == by_dn(b.dn for b in wanted)
    assert all(REASONS[b.reason] in broken[normal_dn(b.dn)] for b in wanted)
    assert report.persons_read + len(broken) == expected.counts["entries_of_people"]
    assert report.applied["unit_created"] == expected.counts["units"]
    assert report.applied["group_created"] == expected.counts["groups"]


def test_those_who_collide_wait_for_a_human_and_nobody_else_does(synchronised, expected):
    _, report = synchronised
    shared = [b.dn for b in expected.broken if b.reason == "same_employee_number"]
    logins = {normal_dn(dn) for collision in expected.login_collisions for dn in collision.dns}
    found = {kind: set() for kind in ConflictKind}
    for conflict in report.conflicts:
        found[conflict.kind] |= {normal_dn(party.dn) for party in conflict.parties}
    assert found[ConflictKind.EMPLOYEE_NUMBER_SHARED] == by_dn(shared)
    assert found[ConflictKind.LOGIN_SHARED] == logins
    assert not found[ConflictKind.LOGIN_MOVED]
    stopped = by_dn(p.dn for c in report.conflicts for p in c.parties)
    assert len(joiners(report)) == report.persons_read - len(stopped)


def test_who_is_locked_or_has_left_gets_no_access_and_who_has_not_begun_begins_then(synchronised, expected):
    _, report = synchronised
    stopped = {party.dn for conflict in report.conflicts for party in conflict.parties}
    inactive = by_dn(line.record.dn for line in joiners(report) if line.inactive)
    ended = by_dn(dn for dn in expected.ended if dn not in stopped)
    assert ended <= inactive
    # The oracle names whoever has any lock; a lock that passes leaves the account alone.
    locked = by_dn(line.record.dn for line in joiners(report) if line.record.disabled)
    assert locked <= by_dn(expected.locked)
    begins = by_dn(line.record.dn for line in joiners(report) if line.begins)
    assert by_dn(expected.not_started) <= begins


def test_protected_persons_are_marked(synchronised, expected):
    _, report = synchronised
    marked = {
        line.record.dn: line.record.protection for line in joiners(report) if line.record.protection != "none"
    }
    kinds = {
        "sekretessmarkering": Protection.MARKED,
        "skyddad folkbokföring": Protection.PROTECTED_REGISTRATION,
        "fingerade personuppgifter": Protection.FICTITIOUS,
    }
    assert marked == {dn: kinds[mark] for dn, mark in expected.protected.items()}


def test_several_employments_are_several(synchronised, expected):
    _, report = synchronised
    several = sum(len(line.record.employments) > 1 for line in joiners(report))
    assert several == expected.counts["several_employments"]


def test_the_second_run_changes_nothing(synchronised, settings):
    sink, _ = synchronised
    writes, runs = sink.writes, len(sink.runs)
    report = synchronise(LdapSource(settings), settings.mapping, sink, NOON)
    assert report.outcome is Outcome.UNCHANGED
    assert (sink.writes, len(sink.runs)) == (writes, runs)


def test_a_night_later(synchronised, settings, municipality):
    """One moves, one marries, one is locked: three lines."""
    sink, report = synchronised
    plain = [
        line.record for line in joiners(report) if not line.inactive and len(line.record.unit_codes) == 1
    ]
    moves, marries, locked = plain[10], plain[20], plain[30]
    municipality.modify(
        f"dn: {moves.dn}\nchangetype: modify\nreplace: departmentNumber\ndepartmentNumber: {marries.unit_codes[0]}\n\n"
        f"dn: {marries.dn}\nchangetype: modify\nreplace: sn\nsn: Nygift\n\n"
        f"dn: {locked.dn}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n"
    )
    night = synchronise(LdapSource(settings), settings.mapping, sink, NOON + dt.timedelta(hours=1))
    lines = {type(line): line for line in night.plan.lines if not hasattr(line, "parties")}
    assert lines[Mover].record.key == moves.key
    assert lines[Changed].record.key == marries.key
    assert lines[Leaver].key == locked.key
    assert sum(night.applied.values()) == 3 + len(list(night.conflicts))
