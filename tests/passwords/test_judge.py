"""New local passwords: guessable, leaked, or taken; and a list as large as it likes is searched where it lies."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.errors import ConfigurationError, Unavailable
from idp.domain.password import Weakness
from idp.passwords.breached import BreachedPasswords
from idp.passwords.judge import PasswordJudge
from idp.passwords.strength import score

KNOWN = ("anna.berg", "Anna", "Berg", "Anna Berg")


def hashed(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def listed(folder, passwords, *, counts=True, ending="\n"):
    """A list as it is published: in order, with how often each was seen."""
    lines = [hashed(one) + (f":{number}" if counts else "") for number, one in enumerate(passwords, 1)]
    path = folder / "breached.txt"
    path.write_bytes((ending.join(sorted(lines)) + ending).encode())
    return BreachedPasswords(path)


@pytest.mark.parametrize(
    "password",
    ["annabergannaberg", "sommarsommarsommar", "lösenord12345678", "aaaaaaaaaaaaaaaaaaaa", "a" * 1000],
)
def test_what_a_guesser_tries_first_is_refused(password):
    assert PasswordJudge("Ekvik kommun").weakness(password, KNOWN) is Weakness.GUESSABLE


@pytest.mark.parametrize("password", ["en lugn promenad vid vattnet", "korrekt häst batteri", "tq8#Zr!wVx"])
def test_what_nobody_expects_is_taken_whatever_characters_it_has(password):
    assert PasswordJudge("Ekvik kommun").weakness(password, KNOWN) is None


def test_the_organisations_name_says_nothing_here():
    password = "Jultomteby kommun"
    assert PasswordJudge("Jultomteby kommun").weakness(password, KNOWN) is Weakness.GUESSABLE
    assert PasswordJudge("Ekvik kommun").weakness(password, KNOWN) is None


def test_the_least_score_is_the_administrators_choice():
    assert PasswordJudge(least_score=0).weakness("aaaaaaaaaaaaaaa", KNOWN) is None
    assert score("en lugn promenad vid vattnet", ()) == 4


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_leaked_password_is_found_and_no_other(tmp_path, counts, ending):
    leaked = [f"leaked {number}" for number in range(500)]
    found = listed(tmp_path, leaked, counts=counts, ending=ending)
    found.check()
    assert all(found.has(one) for one in leaked)
    assert not any(found.has(f"unheard of {number}") for number in range(500))
    judge = PasswordJudge(breached=found, least_score=0)
    assert judge.weakness("leaked 7", ()) is Weakness.BREACHED
    assert judge.weakness("unheard of", ()) is None


@given(leaked=st.sets(st.integers(0, 60), min_size=1), asked=st.integers(0, 60))
def test_searching_finds_just_what_is_there(tmp_path_factory, leaked, asked):
    found = listed(tmp_path_factory.mktemp("list"), [str(one) for one in leaked])
    assert found.has(str(asked)) == (asked in leaked)


def test_a_look_up_reads_little_however_long_the_list(tmp_path, monkeypatch):
    found = listed(tmp_path, [str(number) for number in range(20_000)])
    read = 0

    class Counted:
        def __init__(self, file):
            self.file = file

        def readline(self, size):
            nonlocal read
            line = self.file.readline(size)
            read += len(line)
            return line

        def seek(self, *where):
            return self.file.seek(*where)

    from idp.passwords.breached import _found

    with found.path.open("rb") as file:
        assert _found(Counted(file), hashed("777").encode())
    assert read < 5_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a SHA-1"),
        ("password1\n", "expected a SHA-1"),
        ("F" * 40 + "\n" + "0" * 40 + "\n", "order"),
    ],
)
def test_a_file_that_is_no_such_list_is_said(tmp_path, text, said):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        BreachedPasswords(path).check()


def test_a_file_that_has_gone_lets_no_password_through(tmp_path):
    gone = BreachedPasswords(tmp_path / "gone.txt")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        gone.check()
    with pytest.raises(Unavailable):
        PasswordJudge(breached=gone).weakness("en lugn promenad vid vattnet", ())
