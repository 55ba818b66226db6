"""What is laid down is what was put, in one order, whether it fits into memory or not."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync import Conflict, Inactivity, Joiner, Leaver, line_to_json
from directory_sync.lines import ConflictKind
from directory_sync.plan_lines import PlanLines
from directory_sync.scratch import Scratch
from directory_sync.shelf import Shelf, same, side_by_side
from tests.directory_sync.people import employed, person

keys = st.text(alphabet="ab\0å𝔸ﬃ", max_size=3)
steps = st.lists(st.tuples(st.sampled_from(["put", "drop"]), keys, st.text(max_size=3), st.integers(0, 2)))


@given(steps, st.integers(1, 4))
def test_it_answers_as_a_dictionary_would(history, few):
    shelf, reference = Shelf(Scratch(few), same, same), {}
    for how, key, value, place in history:
        if how == "put":
            shelf.put(key, value, place)
            reference[key] = (place, value)
        else:
            shelf.drop(key)
            reference.pop(key, None)
        assert shelf.get(key) == reference.get(key, (0, None))[1]
        assert (key in shelf) is (key in reference)
    expected = sorted((place, key, value) for key, (place, value) in reference.items())
    assert list(shelf.in_order()) == [(key, value) for _, key, value in expected]
    assert list(shelf.in_order(1)) == [(key, value) for place, key, value in expected if place == 1]


def test_two_shelves_of_one_scratch_know_nothing_of_each_other():
    scratch = Scratch(1)
    one, other = Shelf(scratch, same, same), Shelf(scratch, same, same)
    one.put("a", "1")
    other.put("a", "2")
    assert (list(one.in_order()), list(other.in_order())) == ([("a", "1")], [("a", "2")])


@given(st.dictionaries(keys, st.integers()), st.dictionaries(keys, st.integers()))
def test_side_by_side(left, right):
    pairs = side_by_side(iter(sorted(left.items())), iter(sorted(right.items())))
    assert list(pairs) == [(key, left.get(key), right.get(key)) for key in sorted({*left, *right})]


LINES = [
    Joiner(person("new")),
    Leaver("a", b"1" * 16, Inactivity.ABSENT, person("a", employments=employed("U1"))),
    Leaver("b", b"2" * 16, Inactivity.DISABLED, person("b", employments=employed("U1"))),
    Conflict(ConflictKind.LOGIN_SHARED, "x", (), ("k",)),
]


@pytest.mark.parametrize("few", [1, 2, 3, 100])
def test_lines_are_the_same_wherever_they_are(few):
    lines = PlanLines(LINES, Scratch(few))
    assert (list(lines), len(lines)) == (LINES, 4)
    assert list(lines.texts()) == [line_to_json(line) for line in LINES]
    assert list(lines.of_kind(Leaver)) == LINES[1:3]
    assert list(lines.at([0, 2, 3])) == [LINES[0], LINES[2], LINES[3]]
    assert (lines.counts, lines.leaving, lines.absent) == (
        {"joiner": 1, "leaver": 2, "conflict": 1},
        {"U1": 2},
        1,
    )
    assert lines.content_hash("town") == PlanLines(LINES).content_hash("town") != lines.content_hash("other")


def test_a_disk_that_is_full_is_said_in_words(tmp_path):
    """The file system gives out after four megabytes: a limit on files stands in for it."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from directory_sync.scratch import NoRoom, Scratch\n"
        "from directory_sync.shelf import Shelf, same\n"
        "shelf = Shelf(Scratch(100), same, same)\n"
        "try:\n"
        "    for n in range(20000): shelf.put(str(n), 'x' * 1000)\n"
        "except NoRoom as why: print(why)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert "no room left for temporary files" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_by_a_process_that_is_killed(tmp_path):
    program = (
        "import os, signal\n"
        "from directory_sync.scratch import Scratch\n"
        "from directory_sync.shelf import Shelf, same\n"
        "shelf = Shelf(Scratch(100), same, same)\n"
        "for n in range(20000): shelf.put(str(n), 'x' * 1000)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
