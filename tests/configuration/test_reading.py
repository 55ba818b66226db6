"""The small pure parts: durations, tables, policies."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.configuration.durations import parse_duration, write_duration
from idp.configuration.factors import read_factors, write_factors
from idp.configuration.fields import as_table
from idp.configuration.objects import Kind
from idp.configuration.policy import read_policy, write_policy
from idp.configuration.table_reader import FromEnvironment, Problems, TableReader
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.binding import BindingPolicy, Way
from idp.domain.errors import ConfigurationError
from idp.domain.factor_policy import FactorPolicy

names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)
levels = st.sampled_from([level for level in Assurance if level is not Assurance.NONE])
lifetimes = st.integers(60, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
audiences = st.one_of(
    st.just(Audience(everyone=True)),
    st.builds(Audience, groups=st.frozensets(names), units=st.frozensets(names)),
)
policies = st.builds(
    Policy,
    audience=audiences,
    networks=st.frozensets(names),
    assurance=levels,
    assurance_on=st.dictionaries(names, levels),
    max_age=st.none() | lifetimes,
    session_lifetime=lifetimes,
    trusted_device=st.none() | st.just(timedelta()) | lifetimes,
)
rules = st.builds(
    FactorPolicy,
    st.builds(BindingPolicy, st.frozensets(st.sampled_from(Way))),
    st.none() | st.just(timedelta()) | lifetimes,
    st.integers(0, 14 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)


def reader(table, problems=None) -> TableReader:
    return TableReader(table, "here", problems or Problems())


@given(policies)
def test_a_policy_written_reads_back_the_same(policy):
    problems = Problems()
    written = {name: value for name, value in write_policy(policy).items() if value is not None}
    assert read_policy(reader(written, problems)) == policy
    assert problems.lines == []


@given(policies)
def test_what_an_export_leaves_out_is_the_default(policy):
    fields = {f"policy.{name}": value for name, value in write_policy(policy).items()}
    table = as_table(Kind.APPLICATION, fields).get("policy", {})
    assert read_policy(reader(table)) == policy


@given(rules)
def test_rules_about_factors_written_and_exported_read_back_the_same(policy):
    written = {name: value for name, value in write_factors(policy).items() if value is not None}
    assert read_factors(reader(written)) == policy
    assert read_factors(reader(as_table(Kind.ORGANISATION, write_factors(policy)))) == policy


@given(st.integers(0, 10**9))
def test_a_duration_written_reads_back_the_same(seconds):
    duration = timedelta(seconds=seconds)
    assert parse_duration(write_duration(duration)) == duration


@pytest.mark.parametrize("text", ["", "8", "h", "8 h", "-8h", "1.5h", "8h30", "30m8h", "٨h", "1w"])
def test_what_is_no_duration(text):
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("ask", "value"),
    [
        (lambda table: table.text("x"), 1),
        (lambda table: table.text("x"), " "),
        (lambda table: table.number("x", 1, least=0, most=9), "1"),
        (lambda table: table.number("x", 1, least=0, most=9), True),
        (lambda table: table.number("x", 1, least=0, most=9), 10),
        (lambda table: table.number("x", 1, least=0, most=9), FromEnvironment("X", "1.0")),
        (lambda table: table.boolean("x", default=False), "true"),
        (lambda table: table.boolean("x", default=False), FromEnvironment("X", "yes")),
        (lambda table: table.duration("x", timedelta(1), least=timedelta(0), most=timedelta(9)), 8),
        (lambda table: table.choice("x", None, {"a": 1}), "b"),
        (lambda table: table.texts("x"), "a"),
        (lambda table: table.texts("x"), ["a", 1]),
        (lambda table: table.networks("x"), ["10.0.0.1/8"]),
        (lambda table: table.inner("x"), []),
        (lambda table: table.named("x"), {"a": 1}),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_key_and_what_was_expected(ask, value):
    problems = Problems()
    ask(reader({"x": value}, problems))
    (line,) = problems.lines
    assert line.startswith(("here.x: expected ", "X: expected ", "here.x.a: expected "))


def test_a_missing_key_and_an_unknown_one_are_named():
    problems = Problems()
    table = reader({"titel": "x"}, problems)
    table.text("title", expected="a name")
    table.finish()
    assert problems.lines == [
        "here.title: is missing; expected a name",
        "here.titel: is not a known key; did you mean title?",
    ]
    with pytest.raises(ConfigurationError, match="is missing"):
        problems.raise_any()


def test_values_of_the_environment_are_read_by_what_is_expected():
    table = reader(
        {"n": FromEnvironment("N", "7"), "b": FromEnvironment("B", "true"), "t": FromEnvironment("T", "a, b")}
    )
    assert table.number("n", 1, least=0, most=9) == 7
    assert table.boolean("b", default=False)
    assert table.texts("t") == ("a", "b")


def test_everyone_beside_groups_is_a_contradiction():
    problems = Problems()
    read_policy(reader({"everyone": True, "groups": ["a"]}, problems))
    assert problems.lines == ["here.everyone: expected either everyone or groups and units, found both"]
