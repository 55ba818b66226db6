"""Why a hardware token was not moved, in the reader's language."""

from collections.abc import Mapping

from starlette.requests import Request

import mfa
from idp.domain.outcomes import Problem
from idp.pages.signin.problems import SENTENCES
from idp.web.kit import Kit
from idp.web.marking import mark
from mfa.token_stock import Refusal

_SENTENCES: Mapping[Refusal, str] = {
    Refusal.UNKNOWN: mark("No password generator has that number."),
    Refusal.NOT_FROM_HERE: mark(
        "That cannot be done with it now: it is with somebody else, or somewhere else in its life."
    ),
    Refusal.EXPIRED: mark("Its maker lets it be used until a day that has passed."),
    Refusal.OVERTAKEN: mark("Somebody else changed it at the same moment. Look at it and try again."),
}


def words_of(kit: Kit, request: Request, refusal: Refusal) -> str:
    """Return the sentence."""
    return kit.rendering.translate(kit.language(request), _SENTENCES[refusal])


def resync_words(kit: Kit, request: Request, result: mfa.Rejected | mfa.Throttled) -> str:
    """Return why a token was not brought back in step."""
    language = kit.language(request)
    if isinstance(result, mfa.Throttled):
        until = kit.rendering.clock_time(language, result.until)
        return kit.rendering.translate(language, SENTENCES[Problem.THROTTLED]).format(until=until)
    malformed = result.reason is mfa.Reason.MALFORMED
    problem = Problem.MALFORMED_CODE if malformed else Problem.NOT_CONSECUTIVE
    return kit.rendering.translate(language, SENTENCES[problem])
