"""Every kind of record can be told to people."""

from idp.domain import events
from idp.domain.events.words import SENTENCES


def test_every_event_has_a_sentence_and_no_sentence_is_left_over():
    kinds = {
        kind for name in vars(events) if isinstance(kind := getattr(vars(events)[name], "type", None), str)
    }
    assert len(kinds) > 40
    assert kinds == set(SENTENCES)
