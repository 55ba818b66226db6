"""Every figure can be measured: tiny runs, no assertion about speed. Peers are left out: tests install nothing."""

import pytest

from bench.options import Options
from bench.registry import FIGURES
from bench.rows import Absent, Row
from bench.workbench import Workbench

SMALL = {
    "seconds": 0.2,
    "runs": 1,
    "accounts": 150,
    "sizes": (150,),
    "grown": 200,
    "peers": False,
    "sessions": 12,
}
BY_NAME = {figure.name: figure for figure in FIGURES}
OF_PEERS = {"code_flow", "refresh"}
QUICK = {"userinfo"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return Workbench(Options(results=folder, **SMALL), folder, lambda _: None)


def check(bench, name):
    lines = list(BY_NAME[name].measure(bench))
    assert any(isinstance(line, Row) for line in lines)
    for line in lines:
        assert line.figure == name
        if isinstance(line, Absent) and "--peers" in line.why:
            continue  # the figure has a line beside a peer as well
        assert isinstance(line, Row), f"{line.title}: {line.why}"
        assert line.ratio.least > 0
        assert line.ours.median > 0


@pytest.mark.xdist_group("bench")
@pytest.mark.parametrize("name", sorted(QUICK))
def test_a_figure_against_its_floor(bench, name):
    check(bench, name)


@pytest.mark.long
@pytest.mark.xdist_group("bench")
@pytest.mark.parametrize("name", sorted(set(BY_NAME) - QUICK - OF_PEERS))
def test_every_other_figure(bench, name):
    check(bench, name)


@pytest.mark.parametrize("name", sorted(OF_PEERS))
def test_without_peers_their_lines_say_so(bench, name):
    lines = list(BY_NAME[name].measure(bench))
    assert lines
    assert all(isinstance(line, Absent) and "--peers" in line.why for line in lines)
