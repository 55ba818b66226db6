"""Local passwords: how they are hashed, renewed, bounded."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from idp.domain.new_password import form_problem
from idp.domain.outcomes import Problem
from idp.domain.password import LEAST_ALONE, Correct, LocalPasswords, Unreachable, Wrong


@pytest.fixture(scope="module")
def passwords():
    return LocalPasswords()


def test_K5_hashes_are_argon2id_in_the_stated_profile(passwords):
    assert passwords.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_K5_a_weaker_hash_is_made_anew_at_sign_in(passwords):
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("secret")
    result = passwords.check(weak, "secret")
    assert isinstance(result, Correct)
    assert passwords.check(result.rehashed, "secret") == Correct()


def test_K5_a_flood_waits_and_is_sent_away_without_a_check():
    one_lane = LocalPasswords(lanes=1, patience=0.05)
    stored = one_lane.hash("secret")
    results = []

    def check():
        results.append(one_lane.check(stored, "secret"))

    threads = [threading.Thread(target=check) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(isinstance(result, Correct) for result in results)
    assert any(isinstance(result, Unreachable) for result in results)


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$AAAA"])
def test_S12_no_hash_or_a_broken_one_is_never_right(passwords, stored):
    assert passwords.check(stored, "") == Wrong()


def test_S15_case_and_length_count_and_unicode_forms_do_not(passwords):
    stored = passwords.hash("Lösenord" + "x" * 100)
    assert passwords.check(stored, "lösenord" + "x" * 100) == Wrong()
    assert passwords.check(stored, "Lösenord" + "x" * 99) == Wrong()
    decomposed = unicodedata.normalize("NFD", "Lösenord") + "x" * 100
    assert passwords.check(stored, decomposed) == Correct()


@pytest.mark.parametrize(
    ("new", "again", "problem"),
    [
        ("a" * LEAST_ALONE, "a" * LEAST_ALONE, None),
        ("a" * (LEAST_ALONE - 1), "a" * (LEAST_ALONE - 1), Problem.TOO_SHORT),
        ("a" * 64, "a" * 64, None),
        ("a" * 1025, "a" * 1025, Problem.TOO_LONG),
        ("one", "other", Problem.NOT_THE_SAME),
        ("lösenordet är långt", "lösenordet är långt", None),
    ],
)
def test_length_is_the_only_rule(new, again, problem):
    assert form_problem(new, again, LEAST_ALONE) is problem
