"""Every spelling of a name meets the same account and counter."""

import pytest

from idp.domain.login import login_key


@pytest.mark.parametrize("typed", ["anna", "ANNA", " anna ", "aNNa", "\uff41nna", "anna\u3000"])
def test_S6_F22_spellings_are_one_name(typed):
    assert login_key(typed) == "anna"


def test_S15_a_long_name_is_not_cut_to_somebody_elses():
    assert login_key("a" * 400) != login_key("a" * 320)
    assert login_key("a" * 320) == "a" * 320


def test_nfd_and_nfc_are_one_name():
    assert login_key("a\u030asa") == login_key("\u00e5sa")
