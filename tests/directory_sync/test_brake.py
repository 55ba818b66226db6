"""When a plan must not be carried out without a human's word."""

import pytest

from directory_sync import BrakeSettings
from directory_sync.brake import brake
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import person
from tests.directory_sync.survey_of import plan_of


def plan_that_disables(number: int, of: int):
    everybody = [person(f"k{n}") for n in range(of)]
    plan = plan_of(everybody[number:], MemorySink().know(everybody))
    assert plan.would_disable == number
    return plan


@pytest.mark.parametrize(
    ("disabled", "of", "share", "number", "stops"),
    [
        (5, 100, 0.01, 5, False),
        (6, 100, 0.01, 5, True),
        (6, 100, 0.06, 5, False),
        (7, 100, 0.06, 5, True),
        (1, 2, 0.0, 0, True),
        (0, 2, 0.0, 0, False),
        (5, 6, 0.05, 5, False),
        (99, 100, 1.0, 0, False),
    ],
)
def test_L9_share_and_number_both_have_to_be_passed(disabled, of, share, number, stops):
    braked = brake(plan_that_disables(disabled, of), BrakeSettings(share, number))
    assert (braked is not None) is stops


def test_the_reason_has_the_numbers_in_it():
    braked = brake(plan_that_disables(40, 100), BrakeSettings(0.05, 5))
    assert braked is not None
    assert (braked.would_disable, braked.of) == (40, 100)
    assert "40 of 100" in braked.reason
    assert "5.0%" in braked.reason


def test_joiners_do_not_brake():
    plan = plan_of([person(f"k{n}") for n in range(100)], MemorySink())
    assert brake(plan, BrakeSettings(0.0, 0)) is None


@pytest.mark.parametrize(("share", "number"), [(-0.1, 5), (1.1, 5), (0.1, -1)])
def test_settings_that_mean_nothing_are_refused(share, number):
    with pytest.raises(ValueError, match=r"brake\."):
        BrakeSettings(share, number)
