"""The garbage collector comes less often while a directory is read, and comes all the same."""

import gc
import threading
import weakref

import pytest

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.cyclic import OLD, YOUNG, collector_eased
from directory_sync.run import synchronise
from tests.directory_sync.listed_source import ListedSource, listed
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW

USUAL = (700, 10, 10)
EASED = (YOUNG, 10, OLD)


@pytest.fixture(autouse=True)
def usual():
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


class Cycle:
    """What a sign-in leaves behind: only the collector takes it away."""

    def __init__(self) -> None:
        self.itself = self


def test_what_others_leave_behind_is_taken_away_while_a_synchronisation_goes_on():
    alive: weakref.WeakSet[Cycle] = weakref.WeakSet()
    most = 0

    class Slow(ListedSource):
        def read(self, kind, take, glance=None):
            nonlocal most
            assert gc.get_threshold() == EASED
            for _ in range(5 * YOUNG):
                alive.add(Cycle())
                most = max(most, len(alive))
            return super().read(kind, take, glance)

    synchronise(Slow([listed("anna")]), AttributeMapping(), MemorySink(), NOW)
    assert 0 < most < 2 * YOUNG, "with the collector switched off all of them were alive at once"
    assert gc.get_threshold() == USUAL


def test_it_is_as_usual_again_after_a_fault_and_only_after_the_last_of_several():
    with pytest.raises(ZeroDivisionError), collector_eased():
        raise ZeroDivisionError
    assert gc.get_threshold() == USUAL
    begun, end = threading.Event(), threading.Event()

    def other() -> None:
        with collector_eased():
            begun.set()
            end.wait(10)

    thread = threading.Thread(target=other)
    with collector_eased():
        thread.start()
        assert begun.wait(10)
    assert gc.get_threshold() == EASED, "the other one still reads"
    end.set()
    thread.join(10)
    assert gc.get_threshold() == USUAL


def test_switched_off_by_somebody_else_it_stays_off():
    gc.set_threshold(0, 10, 10)
    with collector_eased():
        assert gc.get_threshold()[0] == 0
    assert gc.get_threshold() == (0, 10, 10)
