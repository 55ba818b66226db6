"""`apply`, `export` and `explain` as commands, with OpenID Connect's part of an application."""

import json

import pytest

FILE = """
[networks.townhall]
prefixes = ["10.20.0.0/16"]

[groups.editors]
members = ["anna.berg"]

[applications.intranet]
title = "Intranätet"
url = "https://intranet.example.se/"
protocol = "oidc"
[applications.intranet.policy]
groups = ["editors"]
assurance_on = { townhall = "one_factor" }
[applications.intranet.oidc]
redirect_uris = ["https://intranet.example.se/callback"]
client_secret = { file = "intranet.secret" }
scopes = ["openid", "profile"]
"""
SECRET = "canary-" + "x" * 40


@pytest.fixture
def configured(anywhere):
    anywhere.administrator()
    anywhere.write("intranet.secret", SECRET)
    anywhere.write("town.toml", FILE)
    anywhere.portvakt("apply", "town.toml")
    return anywhere


def test_apply_export_apply_changes_nothing(configured):
    assert configured.portvakt("apply", "town.toml").out == "nothing to do, 3 unchanged\n"
    configured.portvakt("export", "exported.toml")
    assert configured.portvakt("apply", "exported.toml", "--json").json["lines"] == []
    exported = (configured.folder / "exported.toml").read_text()
    assert configured.portvakt("export").out == exported
    assert "canary" not in exported
    assert "exists already" in configured.portvakt("export", "exported.toml", code=1).err


def test_a_dry_run_shows_the_plan_in_words_and_json_and_changes_nothing(anywhere):
    anywhere.write("intranet.secret", SECRET)
    anywhere.write("town.toml", FILE)
    words = anywhere.portvakt("apply", "town.toml", "--dry-run").out
    plan = anywhere.portvakt("apply", "town.toml", "--dry-run", "--json").json
    assert "create application intranet" in words
    assert [line["action"] for line in plan["lines"]] == ["create"] * 3
    assert plan["warnings"] == ["groups.editors.members: 'anna.berg' is nobody's yet; left out"]
    assert "canary" not in words + json.dumps(plan)
    assert anywhere.portvakt("audit", "show", "--type", "configuration", "--json").json == []


def test_a_conflict_is_shown_and_ends_with_3_until_it_is_decided(configured):
    configured.sql("UPDATE applications SET owner = 'HR'")
    result = configured.portvakt("apply", "town.toml", code=3)
    assert 'owner: "HR" -> "" (last applied: "")' in result.out
    assert "--overwrite 'application intranet'" in result.out
    configured.portvakt("apply", "town.toml", "--dry-run", code=3)
    configured.portvakt("apply", "town.toml", "--overwrite", "intranet")
    assert configured.portvakt("apply", "town.toml").out == "nothing to do, 3 unchanged\n"


def test_removing_is_asked_for(configured):
    configured.write("town.toml", FILE[: FILE.index("[applications")])
    assert "no longer in the file" in configured.portvakt("apply", "town.toml").out
    assert "remove application intranet" in configured.portvakt("apply", "town.toml", "--remove").out
    assert "there is no application" in configured.portvakt("explain", "anna.berg", "intranet", code=1).err


def test_a_wrong_file_is_told_line_by_line(anywhere):
    text = (
        FILE.replace("redirect_uris", "redirect_uri")
        .replace('"one_factor"', '"none"')
        .replace("title", "titel")
    )
    anywhere.write("town.toml", text)
    anywhere.write("intranet.secret", SECRET)
    lines = anywhere.portvakt("apply", "town.toml", code=1).err.splitlines()
    keys = {line.split(": ")[1] for line in lines}
    assert keys == {
        "applications.intranet.oidc.redirect_uris",
        "applications.intranet.oidc.redirect_uri",
        "applications.intranet.policy.assurance_on.townhall",
        "applications.intranet.title",
        "applications.intranet.titel",
    }
    assert "canary" not in "".join(lines)


def test_a_missing_file_is_said(anywhere):
    assert "cannot be read" in anywhere.portvakt("apply", "none.toml", code=1).err
    anywhere.write("town.toml", FILE)
    assert "client_secret: the file" in anywhere.portvakt("apply", "town.toml", code=1).err


class TestExplain:
    def test_from_the_town_hall_the_password_is_enough(self, configured):
        out = configured.portvakt("explain", "anna.berg", "intranet", "--from", "10.20.0.7").out
        assert "from 10.20.0.7 (townhall)" in out
        assert "one factor on the network townhall" in out
        assert out.endswith("Let in with the password.\n")

    def test_from_elsewhere_a_second_factor_is_missing(self, configured):
        result = configured.portvakt(
            "explain", "anna.berg", "intranet", "--from", "203.0.113.9", "--json"
        ).json
        assert (result["decision"], result["can_get_in"]) == ("step_up", False)
        assert [reason["code"] for reason in result["reasons"]] == ["in_group", "policy_asks", "more_proof"]

    def test_who_is_not_meant_is_told_why(self, configured):
        configured.administrator("Bo Ek", "bo.ek")
        assert configured.portvakt("explain", "bo.ek", "intranet").out.endswith("Not let in.\n")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("nobody", "intranet"), "no account"),
            (("anna.berg", "intrant"), "did you mean intranet?"),
            (("anna.berg", "intranet", "--from", "home"), "--from: expected an address"),
        ],
    )
    def test_wrong_words_are_one_line(self, configured, arguments, said):
        result = configured.portvakt("explain", *arguments, code=1)
        assert said in result.err
        assert result.err.count("\n") == 1
