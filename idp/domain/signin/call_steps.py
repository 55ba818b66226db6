"""Having a code sent, in the step that asks for a second factor: to a destination approved beforehand, no other.

The code leaves through the outbox once this has committed; it answers this sign-in alone.
"""

from dataclasses import replace

import mfa
from idp.domain.audit import record
from idp.domain.call_back import call_message
from idp.domain.events import CodeSent, SignInRefused
from idp.domain.journey import Journey
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem, Show
from idp.domain.ports import UnitOfWork
from idp.domain.signin.advance import SignIn, advance
from idp.domain.signin.door import find
from idp.domain.signin.factor_steps import account_at
from idp.domain.steps import Need
from mfa import FactorKind

_LONGEST = 64


def submit_call(
    signin: SignIn, handle: str, browser: bytes, destination_id: str, occasion: Occasion
) -> Outcome:
    """Have a code sent to one of the person's destinations."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        return have_sent(signin, uow, journey, destination_id, occasion)


def have_sent(
    signin: SignIn, uow: UnitOfWork, journey: Journey, destination_id: str, occasion: Occasion
) -> Outcome:
    """Have a code sent within the caller's unit of work."""
    account = account_at(signin, uow, journey, Need.SECOND_FACTOR, occasion)
    if account is None:
        return advance(signin, uow, journey, occasion)
    made = mfa.call_back(
        uow.factors, account.id, destination_id[:_LONGEST], journey.flow, occasion.now, signin.sending
    )
    if made is None:
        return advance(signin, uow, journey, occasion, Problem.WRONG_CODE)
    if isinstance(made, mfa.Throttled):
        refused = SignInRefused(
            subject=account.id, reason="sending_throttled", method=FactorKind.TEXT_MESSAGE.value
        )
        record(uow.audit, refused, occasion)
        return advance(signin, uow, journey, occasion, Problem.SENDING_THROTTLED, until=made.until)
    record(uow.audit, CodeSent(subject=account.id, object=destination_id[:_LONGEST]), occasion)
    uow.outbox.add(call_message(made), occasion.now)
    kept = uow.journeys.save(replace(journey, called=True))
    if kept is None:
        return Lost()
    shown = advance(signin, uow, kept, occasion)
    return replace(shown, sent_to=made.shown) if isinstance(shown, Show) else shown
