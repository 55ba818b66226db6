"""`portvakt person` and `portvakt application`: the use cases of pages and API, with their refusals in words."""

from datetime import UTC, datetime

import pytest

from idp.domain.application import Application, Audience, Policy
from idp.domain.handles import ApplicationId, new_id
from tests.support.units import sow

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def town(installed):
    installed.administrator()
    with installed.database() as database, database.write() as uow:
        sow(uow.connection, {"1": None, "11": "1"})
        policy = Policy(Audience(everyone=True))
        uow.systems.add(Application(ApplicationId(new_id()), "wiki", "Wiki", "oidc", policy), NOW)
    return installed


def test_people_are_hired_found_shown_moved_and_planned_for(town):
    hired = town.portvakt(
        "person", "hire", "Kim", "Ek", "--as", "politician", "--unit", "1", "--until", "2027-06-30",
        "--reason", "elected",
    )  # fmt: skip
    login = hired.out.splitlines()[1].split()[1].rstrip(",")
    (found,) = town.portvakt("person", "find", "kim", "--json").json
    assert found["login"] == login
    town.portvakt("person", "change-unit", login, "11", "--reason", "group")
    assert "no such unit" in town.portvakt("person", "change-unit", login, "9", "--reason", "x", code=1).err
    shown = town.portvakt("person", "show", login, "--json").json
    assert shown["employments"] == ["Enhet 11"]
    assert any("hired" in line or "elected" in line for line in shown["history"])
    town.portvakt("person", "plan", login, "disable", "--at", "2099-01-01", "--reason", "leaves")
    planned = town.portvakt("person", "show", login, "--json").json["planned"]
    assert len(planned) == 2
    town.portvakt("person", "withdraw", planned[1].split()[0])
    assert len(town.portvakt("person", "show", login, "--json").json["planned"]) == 1
    assert "Nobody was found." in town.portvakt("person", "find", "zzz").out


def test_systems_are_closed_and_people_let_in_and_kept_out(town):
    login = "anna.berg"
    town.portvakt("application", "keep-out", "wiki", login, "--reason", "moved", "--until", "2099-01-01")
    assert "already" in town.portvakt("application", "keep-out", "wiki", login, "--reason", "x").out
    assert town.portvakt("application", "show", "wiki", "--json").json["decided"] == [f"{login} kept_out"]
    town.portvakt("application", "end-decision", "wiki", login, "--reason", "back")
    assert (
        "Nothing was decided"
        in town.portvakt("application", "end-decision", "wiki", login, "--reason", "back").out
    )
    role = ("application", "define-role", "wiki")
    town.portvakt(*role, "editor", "--title", "Redaktör", "--reason", "asked")
    assert "A role's name" in town.portvakt(*role, "two words", "--title", "x", "--reason", "x", code=1).err
    town.portvakt("application", "assign-role", "wiki", login, "editor", "--reason", "new")
    assert town.portvakt("application", "show", "wiki", "--json").json["roles"] == ["editor"]
    town.portvakt("application", "end-role", "wiki", login, "editor", "--reason", "done")
    town.portvakt("application", "close", "wiki", "--reason", "trouble")
    (listed,) = town.portvakt("application", "list", "--json").json
    assert listed["state"] == "closed"
    town.portvakt("application", "open", "wiki", "--reason", "mended")
    assert "no application" in town.portvakt("application", "open", "nothing", "--reason", "x", code=1).err
