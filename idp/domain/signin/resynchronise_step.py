"""A hardware token that has fallen out of step, in the sign-in that it stops: two codes bring it back, no more.

The person then types the next code like any other. The try counts on the counter of one-time passwords.
"""

import mfa
from idp.domain import hardware_tokens
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.signin.advance import SignIn, advance
from idp.domain.signin.door import find
from idp.domain.signin.factor_steps import PROBLEMS, account_at
from idp.domain.steps import Need


def submit_resynchronisation(
    signin: SignIn, handle: str, browser: bytes, first: str, second: str, occasion: Occasion
) -> Outcome:
    """Take two codes that follow on one another, in the step that asks for a second factor."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        account = account_at(signin, uow, journey, Need.SECOND_FACTOR, occasion)
        if account is None:
            return advance(signin, uow, journey, occasion)
        result = hardware_tokens.resynchronise(uow, account.id, first, second, occasion)
        match result:
            case mfa.Resynchronised():
                return advance(signin, uow, journey, occasion)
            case mfa.Throttled(until):
                return advance(signin, uow, journey, occasion, Problem.THROTTLED, until=until)
            case mfa.Rejected(reason):
                problem = PROBLEMS[reason]
                wrong = problem is Problem.WRONG_CODE
                return advance(signin, uow, journey, occasion, Problem.NOT_CONSECUTIVE if wrong else problem)
