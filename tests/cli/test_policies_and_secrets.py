"""`portvakt application show-policy|change-policy|new-secret|end-old-secret|add-key|remove-key`."""

import json

import pytest
from joserfc.jwk import ECKey

from idp.oidc.store.clients import read_client
from tests.cli.test_configuration import FILE, SECRET

NAME = "intranet"


@pytest.fixture
def town(installed):
    installed.administrator()
    installed.portvakt("administrator", "add", "Bo Ek", "--login", "bo.ek")
    installed.write("intranet.secret", SECRET)
    installed.write("town.toml", FILE)
    installed.portvakt("apply", "town.toml")
    return installed


def client(town):
    with town.database() as database, database.read() as uow:
        return read_client(uow, uow.catalogue.application(NAME).id)


def policy_of(town) -> str:
    return town.portvakt("application", "show-policy", NAME).out


def test_C9_a_policy_is_read_tried_out_and_changed_only_as_it_was_read(town):
    read = policy_of(town)
    changed = read.replace("everyone = false", "everyone = true").replace('"editors",', "")
    file = str(town.write("rules.toml", changed))
    change = ("application", "change-policy", NAME, file)
    tried = town.portvakt(*change, "--dry-run")
    assert tried.out.splitlines() == [
        "1 can use it now, 2 then.",
        "1 can use it then: bo.ek",
        "Nothing was changed.",
    ]
    assert policy_of(town) == read
    assert "reason" in town.portvakt(*change, code=1).err
    assert policy_of(town) == read
    done = town.portvakt(*change, "--reason", "for everybody")
    assert "town.toml describes intranet" in done.out
    assert "everyone = true" in policy_of(town)
    (noted,) = town.portvakt(
        "audit", "show", "--type", "configuration.changed", "--limit", "1", "--json"
    ).json
    assert (noted["object"], noted["reason"]) == ("application intranet", "for everybody")
    narrower = town.write("rules.toml", changed.replace("everyone = true", "everyone = false"))
    assert (
        "Somebody else changed it" in town.portvakt(*change[:3], str(narrower), "--reason", "x", code=1).err
    )
    assert town.portvakt(*change, "--dry-run", "--json").json["losing"] == ["anna.berg", "bo.ek"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("everyone = true", "version: expected the version"),
        ("version = 1\nevryone = true", "did you mean everyone?"),
        ('version = 1\ngroups = ["nobody"]', "no such group, unit or network: nobody"),
        ("version = ", "is not TOML"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_rules_is_said_and_nothing_is_changed(town, wrong, said):
    read = policy_of(town)
    if wrong is not None:
        town.write("rules.toml", wrong)
    change = ("application", "change-policy", NAME, "rules.toml", "--reason", "x")
    assert said in town.portvakt(*change, code=1).err
    assert policy_of(town) == read


def test_a_secret_is_changed_with_both_good_in_between(town):
    new = ("application", "new-secret", NAME, "--reason")
    end = ("application", "end-old-secret", NAME, "--reason")
    assert "one secret already" in town.portvakt(*end, "x").out
    assert "reason" in town.portvakt(*new, " ", code=1).err
    made = town.portvakt(*new, "yearly").out.splitlines()[0]
    assert client(town).has_secret(SECRET)
    assert client(town).has_secret(made)
    assert "under way" in town.portvakt(*new, "again", code=1).err
    town.portvakt(*end, "it uses the new one")
    assert (client(town).has_secret(SECRET), client(town).has_secret(made)) == (False, True)
    assert made not in json.dumps(town.portvakt("audit", "show", "--json").json)
    assert "no application" in town.portvakt("application", "new-secret", "x", "--reason", "x", code=1).err


def test_a_key_is_taken_in_beside_the_old_one_and_the_last_one_stays(town):
    for name in ("first", "second"):
        key = ECKey.generate_key("P-256", {"kid": name}).as_dict(private=False)
        town.portvakt(
            "application", "add-key", NAME, str(town.write(f"{name}.json", json.dumps(key))), "--reason", "x"
        )
    private = ECKey.generate_key("P-256", {"kid": "third"}).as_dict(private=True)
    file = str(town.write("private.json", json.dumps(private)))
    assert "public" in town.portvakt("application", "add-key", NAME, file, "--reason", "x", code=1).err
    remove = ("application", "remove-key", NAME)
    town.portvakt(*remove, "first", "--reason", "it signs with the second")
    assert "The last key stays" in town.portvakt(*remove, "second", "--reason", "x", code=1).err
    assert '"second"' in client(town).registration.jwks
