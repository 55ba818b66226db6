"""docs/configuration.md knows every key that is read, and every key in its examples is read."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from directory_sync.attribute_mapping import GroupMapping, PersonMapping, UnitMapping
from directory_sync.settings import DirectorySettings, Timeouts
from idp.cli.settings_template import TEMPLATE
from idp.configuration.environment import with_environment
from idp.configuration.factors import write_factors
from idp.configuration.policy import write_policy
from idp.configuration.table_reader import Problems
from idp.domain.application import Policy
from idp.domain.factor_policy import FactorPolicy
from idp.domain.naming import Rules
from idp.oidc.clients import Registration
from idp.radius.nas import NasSettings
from idp.verification.asking_systems import AskingSettings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
SETTINGS, FILE = TEXT.split("## The file of `portvakt apply`")

#: Fields that have another name in the file, or none.
ELSEWHERE = {"name", "mapping", "scope", "jwks", "file"}


def keys_of_the_template() -> list[str]:
    found, table = [], ""
    for line in TEMPLATE.splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            table = f"{head[1]}."
        elif key := re.match(r"(?:# )?(\w+) = ", line):
            found.append(table + key[1])
    return found


@pytest.mark.parametrize("key", keys_of_the_template())
def test_every_setting_is_described(key):
    assert f"`{key}`" in SETTINGS


@pytest.mark.parametrize(
    "kind",
    [
        PersonMapping,
        UnitMapping,
        GroupMapping,
        DirectorySettings,
        Timeouts,
        Rules,
        Registration,
        NasSettings,
        AskingSettings,
    ],
)
def test_every_key_of_a_table_is_described(kind):
    missing = [
        one.name
        for one in fields(kind)
        if one.name not in ELSEWHERE and not re.search(rf"\b{one.name}\b", FILE)
    ]
    assert missing == []


def test_every_key_of_a_policy_is_described():
    described = [*write_policy(Policy()), *write_factors(FactorPolicy())]
    assert [name for name in described if f"`{name}`" not in FILE] == []


@pytest.mark.parametrize(
    "prefix", ["PORTVAKT_SECRET_", "PORTVAKT_DEMO_", "PORTVAKT_TEST_", "PORTVAKT_BENCH_"]
)
def test_what_is_said_to_be_no_setting_is_none(prefix):
    assert f"`{prefix}`" in SETTINGS
    assert with_environment({}, {f"{prefix}X": "1"}, Problems()) == {}
