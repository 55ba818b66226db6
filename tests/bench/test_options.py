"""What `./deploy/bench` takes, what it prints, and that a figure which breaks says so."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.__main__ import measured
from bench.load import LoadFailed
from bench.options import MILLION, Options, read_options
from bench.registry import FIGURES
from bench.report import PAGE, as_json, as_markdown, cells, with_table
from bench.rows import Absent, Goal, Judged, Row, Spread
from bench.workbench import Figure, Workbench

NAMES = [figure.name for figure in FIGURES]
ROW = Row(
    figure="userinfo",
    title="userinfo",
    floor="a floor",
    unit="/s",
    ours=Spread.of([300.0, 200.0, 250.0]),
    theirs=Spread.of([500.0, 500.0, 500.0]),
    ratio=Spread.of([0.6, 0.4, 0.5]),
    goal=Goal(0.6, 1.0),
)


def test_the_defaults_are_the_method():
    usual = read_options([], NAMES)
    assert (usual.seconds, usual.runs, usual.sizes, usual.peers) == (10, 3, (2400, 20_000, 100_000), True)
    assert usual.grown == 0


def test_quick_is_short_and_installs_nothing():
    quick = read_options(["--quick"], NAMES)
    assert quick.seconds < 5
    assert quick.sizes == (2400,)
    assert not quick.peers
    assert read_options(["--quick", "--peers", "--runs", "1"], NAMES).peers


def test_a_million_is_asked_for_by_flag():
    asked = read_options(["--million", "--sizes", "2400"], NAMES)
    assert asked.sizes == (2400, MILLION)
    assert asked.grown == MILLION


def test_an_unknown_figure_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        read_options(["--only", "userinfo,speed"], NAMES)
    said = capsys.readouterr().err
    assert "speed" in said
    assert all(name in said for name in NAMES)


def test_figures_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)


def test_a_goal_is_judged_by_the_median():
    assert not ROW.goal.met(ROW)
    assert Goal(0.5, 1.0).met(ROW)
    assert Goal(0.5, 0.1, at_least=False).met(ROW)
    assert Goal(250, 100, at_least=False, judged=Judged.OURS).met(ROW)
    assert not Goal(249, 100, at_least=False, judged=Judged.OURS).met(ROW)


def test_the_table_shows_the_spread_and_both_goals():
    shown = cells(ROW)
    assert "0.50 (0.40–0.60)" in shown
    assert "≥ 0.60" in shown
    assert "≥ 1.00" in shown
    assert shown[-1] == "✗"


def test_what_is_absent_stands_in_the_table_with_its_reason():
    absent = Absent("code_flow", "code flow", "npm could not be reached")
    assert "npm could not be reached" in " ".join(cells(absent))
    at = datetime(2026, 11, 26, tzinfo=UTC)
    assert "npm could not be reached" in as_markdown([ROW, absent], Options(), at)
    assert '"measured": false' in as_json([absent], Options(), at)


def test_the_page_about_speed_has_a_place_for_the_table():
    page = with_table(PAGE.read_text(encoding="utf-8"), "| a new table |\n")
    assert "| a new table |" in page
    assert with_table(page, "| the next |\n").count("| a new table |") == 0


def test_a_figure_that_breaks_is_a_line_and_an_exit_code(tmp_path, monkeypatch):
    def breaks(_bench):
        yield ROW
        raise LoadFailed("the server refused")

    monkeypatch.setattr(
        "bench.__main__.FIGURES", (Figure("breaks", breaks), Figure("holds", lambda _: iter([ROW])))
    )
    lines, broken = measured(Workbench(replace(Options(), results=tmp_path), tmp_path, lambda _: None))
    assert broken
    assert [type(line) for line in lines] == [Row, Absent, Row]
    assert "the server refused" in lines[1].why
