"""How many guesses a password withstands (zxcvbn, Wheeler 2016), told as a score from 0 to 4. Its only user.

Besides the library's English lists it is given what a guesser here would try first: the person's own names, the
organisation's, and words that Swedish passwords are made of.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

#: More says nothing about a password that is this long, and the work grows with the square of the length.
_READ = 72
_SEASONS = "vår sommar höst vinter jul påsk midsommar semester"
_MONTHS = "januari februari mars april maj juni juli augusti september oktober november december"
_DAYS = "måndag tisdag onsdag torsdag fredag lördag söndag"
_COMMON = (
    "lösenord losenord hemligt hejsan välkommen valkommen inloggning portvakt kommun kommunen jobbet arbete "
    "sverige stockholm göteborg malmö hammarby djurgården älskling alskling mamma pappa hunden katten fotboll"
)
SWEDISH = tuple(f"{_SEASONS} {_MONTHS} {_DAYS} {_COMMON}".split())


def score(password: str, known: Iterable[str]) -> int:
    """Return 0 (guessed at once) to 4 (withstands an attack on a stolen hash)."""
    words = {word for text in known for word in (text, *text.split()) if len(word) > 2}  # noqa: PLR2004 - shorter words say nothing
    result: dict[str, Any] = _zxcvbn()(password[:_READ], user_inputs=[*sorted(words), *SWEDISH])
    return int(result["score"])


@cache
def _zxcvbn() -> Any:
    # Its word lists are ten megabytes, and most installations never set a password here.
    from zxcvbn import zxcvbn  # noqa: PLC0415 - loaded when the first password is chosen

    return zxcvbn
