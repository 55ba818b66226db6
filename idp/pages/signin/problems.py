"""What was wrong with a submission, in words: one msgid for each problem that the domain names."""

from collections.abc import Mapping

from idp.domain.outcomes import Problem
from idp.web.marking import mark

SENTENCES: Mapping[Problem, str] = {
    Problem.WRONG: mark("The details are not right. Check them and try again."),
    Problem.WRONG_CODE: mark("The code is not right. Check it and try again."),
    Problem.CODE_USED: mark("The code has been used already. Wait for the next one and type that."),
    Problem.CODE_EXPIRED: mark("The code is too old. Type a newer one."),
    Problem.MALFORMED_CODE: mark("The code is not complete, or has a character that codes do not have."),
    Problem.WRONG_PASSKEY: mark("The passkey was not accepted. Try again, or use another way."),
    Problem.PASSKEY_TOO_LATE: mark("The page had been open for too long, or was sent twice. Try again."),
    Problem.PASSKEY_TAKEN: mark("This passkey is connected already. Use another one."),
    Problem.PASSKEY_UNTRUSTED: mark(
        "This kind of security key is not accepted here. Use one of a kind that is."
    ),
    Problem.NOT_CONSECUTIVE: mark(
        "The two codes do not follow on one another, or belong to another password generator."
    ),
    Problem.THROTTLED: mark("Too many tries. Wait until {until} and try again."),
    Problem.UNAVAILABLE: mark("The password cannot be checked right now. Try again in a few minutes."),
    Problem.TOO_SHORT: mark("The password is too short. It needs at least {least} characters."),
    Problem.TOO_LONG: mark("The password is too long."),
    Problem.GUESSABLE: mark(
        "The password is too easy to guess. Add a few words that nobody would expect together."
    ),
    Problem.BREACHED: mark(
        "The password is in a list of passwords that have leaked from other services. Choose another one."
    ),
    Problem.NOT_THE_SAME: mark("The two passwords are not the same."),
    Problem.UNCHANGED: mark("The new password must differ from the old one."),
    Problem.REFUSED_BY_DIRECTORY: mark("The password was not accepted: {words}"),
    Problem.SENDING_THROTTLED: mark(
        "Too many codes have been sent. Wait until {until}, or sign in another way."
    ),
    Problem.OVERTAKEN: mark("The page was sent twice, or changed in another window. Try again."),
}
