"""`sync` and `doctor` against a real slapd."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD
from idp.cli.checks.finding import Gravity, clocks
from idp.keys.master_key import create
from tests.directory_sync.town import TOWN, dn_of, loaded, person

FILE = """
[directories.town]
url = "{url}"
base_dn = "{base}"
bind_dn = "{reader}"
bind_password = {{ env = "PORTVAKT_SECRET_TOWN" }}
mail_domain = "town.example"
person_filter = "(objectClass=ekvikPerson)"
unit_filter = "(objectClass=ekvikUnit)"
group_filter = "(objectClass=groupOfNames)"
timeouts = {{ connect = 1, operation = 2, sign_in = 2, reading = 20 }}
[directories.town.mapping.person]
protection = "ekvikProtection"
[directories.town.mapping.unit]
code = "ekvikUnitCode"
name = "ou"
parent_code = "ekvikParentUnitCode"
[directories.town.brake]
share = 0.1
number = 2
"""
PROTECTED = person("frida", sn="Hemlig", givenName="Frida", ekvikProtection="sekretess")


@pytest.fixture
def slapd(tmp_path):
    """A slapd with five ordinary people and a protected one."""
    with loaded(tmp_path / "slapd", [*TOWN, PROTECTED]) as server:
        yield server


@pytest.fixture
def town(anywhere, slapd, monkeypatch):
    """An installation that knows the directory."""
    monkeypatch.setenv("PORTVAKT_SECRET_TOWN", READER_PASSWORD)
    anywhere.write("town.toml", FILE.format(url=slapd.url, base=BASE_DN, reader=READER_DN))
    anywhere.portvakt("apply", "town.toml")
    return anywhere


def delete(slapd, *uids: str) -> None:
    ldif = "\n\n".join(f"dn: {dn_of(uid)}\nchangetype: delete" for uid in uids)
    slapd.modify(ldif + "\n")


def test_a_dry_run_plans_in_words_and_json_and_changes_nothing(town):
    words = town.portvakt("sync", "--dry-run").out
    assert "town: planned, nothing changed; 6 persons read" in words
    assert "(anna) joins" in words
    (report,) = town.portvakt("sync", "town", "--dry-run", "--json").json
    assert report["outcome"] == "planned"
    assert report["plan"]["counts"]["joiner"] == 6
    assert "no account" in town.portvakt("account", "show", "anna", code=1).err
    assert town.portvakt("sync", "status").out == "Nothing has been synchronised yet.\n"


def test_protected_persons_are_in_neither_words_nor_json(town):
    for arguments in (("--dry-run",), ("--dry-run", "--json")):
        out = town.portvakt("sync", *arguments).out
        assert "Hemlig" not in out
        assert "Frida" not in out


def test_applying_makes_accounts_and_a_second_run_changes_nothing(town):
    assert "town: applied" in town.portvakt("sync").out
    shown = town.portvakt("account", "show", "anna", "--json").json
    assert (shown["state"], shown["password"]) == ("active", "town")
    assert shown["address"].endswith("@town.example")
    assert "nurses" in shown["groups"]
    assert "town: nothing to do" in town.portvakt("sync", "town").out
    states = [run["state"] for run in town.portvakt("sync", "status", "--json").json[0]["runs"]]
    assert states == ["unchanged", "applied"]


def test_a_plan_that_disables_too_many_stops_until_it_is_released(town, slapd):
    town.portvakt("sync")
    delete(slapd, "anna", "bo", "cia")
    result = town.portvakt("sync", code=3)
    assert "STOPPED" in result.out
    stopped = result.out.rsplit("`portvakt sync release ", 1)[1].split("`")[0]
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "active"
    run = town.portvakt("sync", "status", "--json").json[0]["runs"][0]
    assert (run["state"], run["run"]) == ("braked", stopped)
    assert "(anna) leaves" in town.portvakt("sync", "show", stopped).out
    assert "no stopped plan" in town.portvakt("sync", "release", "none", "--reason", "x", code=1).err
    town.portvakt("sync", "release", run["run"], "--reason", "they did leave")
    town.portvakt("sync")
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "disabled"


def test_a_plan_that_was_let_through_and_has_grown_is_set_aside_and_says_why(town, slapd):
    town.portvakt("sync")
    delete(slapd, "anna", "bo", "cia")
    first = town.portvakt("sync", "--json", code=3).json[0]["run"]
    town.portvakt("sync", "release", first, "--reason", "they did leave")
    delete(slapd, "dan")
    second = town.portvakt("sync", "--json", code=3).json[0]["run"]
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "active"
    told = {one["run"]: one for one in town.portvakt("sync", "status", "--json").json[0]["runs"]}
    assert (told[first]["state"], told[second]["state"]) == ("superseded", "braked")
    assert (
        f"set aside for run {second}: it was let through, but the grounds" in told[first]["report"]["reason"]
    )
    assert first not in town.portvakt("sync", "release", first, "--reason", "x", code=1).out
    table = town.portvakt("sync", "status").out
    assert told[second]["plan"] in table
    assert told[first]["plan"] not in table, "only what waits can be carried out"


def test_options_that_contradict_each_other_change_nothing(town):
    assert "give --dry-run, too" in town.portvakt("sync", "--hold", code=1).err
    assert "give no other option" in town.portvakt("sync", "--watch", "--dry-run", code=1).err
    assert town.portvakt("sync", "status", "--json").json[0]["runs"] == []


def test_a_directory_that_is_away_changes_nothing_and_is_said(town, slapd):
    town.portvakt("sync")
    slapd.stop()
    result = town.portvakt("sync", code=1)
    assert "could not be read, nothing changed" in result.out
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "active"
    doctor = town.portvakt("doctor", code=1)
    assert "directory town: the directory cannot be reached" in doctor.out


def test_names_that_are_none_are_said(town):
    assert "did you mean town?" in town.portvakt("sync", "twon", code=1).err


def test_a_held_plan_is_carried_out_by_its_hash_and_a_run_is_taken_back(town):
    assert "not kept" in town.portvakt("sync", "--dry-run").out
    told = town.portvakt("sync", "--dry-run", "--hold").out.rsplit("sync apply --plan ", 1)[1].split("`")[0]
    (plan,) = [run["plan"] for run in town.portvakt("sync", "status", "--json").json[0]["runs"]]
    assert told == plan
    assert plan in town.portvakt("sync", "status").out
    assert "no plan waits" in town.portvakt("sync", "apply", "--plan", "none", code=1).err
    assert "town: applied" in town.portvakt("sync", "apply", "--plan", plan).out
    assert "no plan waits" in town.portvakt("sync", "apply", "--plan", plan, code=1).err
    runs = town.portvakt("sync", "status", "--json").json[0]["runs"]
    run = next(one["run"] for one in runs if one["state"] == "applied" and one["report"].get("applied"))
    assert "(anna) joins" in town.portvakt("sync", "show", run).out
    told = town.portvakt("sync", "undo", run, "--person", "anna").out
    undo = told.rsplit("--plan ", 1)[1].split("`")[0]
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "active"
    assert "another one" in town.portvakt("sync", "undo", run, "--plan", undo, code=1).err
    town.portvakt("sync", "undo", run, "--person", "anna", "--plan", undo)
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "disabled"
    town.portvakt("sync")
    assert town.portvakt("account", "show", "anna", "--json").json["state"] == "disabled"


def test_how_directories_are_doing_as_metrics(town):
    town.portvakt("sync")
    metrics = town.portvakt("sync", "status", "--metrics").out
    assert 'portvakt_directory_plans_waiting{directory="town"} 0.0' in metrics


class TestDoctor:
    def test_a_sound_installation_has_no_problem(self, town):
        town.administrator("Åsa Öberg")
        town.portvakt("keys", "rotate")
        town.portvakt("sync")
        findings = town.portvakt("doctor", "--json").json
        problems = [finding for finding in findings if finding["gravity"] in ("problem", "warning")]
        assert problems == []
        assert any("reached, bound and read" in finding["what"] for finding in findings)

    def test_a_wrong_password_is_named(self, town, monkeypatch):
        monkeypatch.setenv("PORTVAKT_SECRET_TOWN", "canary-wrong-password")
        town.portvakt("apply", "town.toml")
        result = town.portvakt("doctor", code=1)
        assert "wrong name or password" in result.out
        assert "canary" not in result.out + result.err

    def test_a_filter_that_finds_nobody_is_named(self, town):
        file = town.folder / "town.toml"
        file.write_text(file.read_text().replace("ekvikPerson", "device"))
        town.portvakt("apply", "town.toml")
        assert "person_filter finds nobody" in town.portvakt("doctor", code=1).out

    def test_L11_a_directory_that_hangs_does_not_hang_the_doctor(self, town, slapd):
        slapd.pause()
        began = time.monotonic()
        try:
            result = town.portvakt("doctor", code=1)
        finally:
            slapd.resume()
        assert time.monotonic() - began < 20
        assert "directory town: " in result.out

    def test_a_master_key_of_another_installation_is_named(self, town):
        (town.folder / "master.key").unlink()
        create(town.folder / "master.key", datetime.now(UTC))
        assert "not in" in town.portvakt("doctor", code=1).out

    def test_a_newer_database_is_named(self, anywhere):
        anywhere.sql("UPDATE alembic_version SET version_num = '9999'")
        assert "newer than" in anywhere.portvakt("doctor", code=1).out
        assert "newer than" in anywhere.portvakt("audit", "verify", code=1).err

    def test_a_database_that_others_may_read_is_named(self, installed):
        (installed.folder / "portvakt.db").chmod(0o644)
        assert "anybody on this machine may read the database" in installed.portvakt("doctor", code=1).out

    def test_P2_proxies_that_are_everybody_are_named(self, installed, monkeypatch):
        monkeypatch.setenv("PORTVAKT_TRUSTED_PROXIES", "0.0.0.0/0")
        assert "lets anybody say where they come from" in installed.portvakt("doctor", code=1).out

    def test_every_wrong_setting_is_a_line(self, installed, monkeypatch):
        monkeypatch.setenv("PORTVAKT_LISTEN__PORT", "none")
        monkeypatch.setenv("PORTVAKT_ISUER", "none")
        out = installed.portvakt("doctor", code=1).out
        assert "PORTVAKT_LISTEN__PORT: expected a whole number" in out
        assert "PORTVAKT_ISUER: is not a known key; did you mean issuer?" in out


def test_a_clock_that_is_apart_is_said():
    now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    for apart, gravity, word in ((0, "ok", "agree"), (5, "warning", "ahead"), (-60, "problem", "behind")):
        finding = clocks("database", now + timedelta(seconds=apart), now, now)
        assert finding.gravity is Gravity(gravity)
        assert word in finding.what
