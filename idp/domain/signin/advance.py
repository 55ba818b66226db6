"""From a journey as it stands to what is shown next, or to its end."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import mfa
from idp.domain.access import Deny
from idp.domain.account import Account, PasswordSource
from idp.domain.assurance import Method, latest
from idp.domain.authentication import Channel
from idp.domain.binding import BindingFacts, MayBind, Way, may_bind
from idp.domain.decisions import MadeDecision, decide, keep_decision
from idp.domain.handles import AccountId
from idp.domain.journey import Journey
from idp.domain.network import networks_of
from idp.domain.new_password import least_length
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Completed, Lost, Outcome, Problem, Show
from idp.domain.passkeys import Passkeys, accepted_passkeys, passkey_helps
from idp.domain.password import LEAST_BESIDE_A_FACTOR, Passwords
from idp.domain.ports import Database, Sealer, UnitOfWork
from idp.domain.session import SessionLimits
from idp.domain.signin.door import complete, find
from idp.domain.steps import (
    NEEDS_PAGES,
    RESISTANT_KINDS,
    AskActivationCode,
    AskNewPassword,
    AskPassword,
    AskSecondFactor,
    EnrolFactor,
    EnrolPasskey,
    Need,
    OnPages,
    ShowRecoveryCodes,
    Situation,
    Step,
    TurnedAway,
    kinds_to_ask,
    next_step,
)
from idp.domain.trusted_devices import allowed_for, counter_of, recognised, trust_as_asked, with_device
from mfa import FactorKind

RECOVERY_CODES_PURPOSE = "journey.recovery-codes"
_KINDS_IN_ORDER = (
    FactorKind.PASSKEY,
    FactorKind.TOTP,
    FactorKind.TEXT_MESSAGE,
    FactorKind.TEMPORARY_CODE,
    FactorKind.RECOVERY_CODE,
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the steps need, built once by `app.py`. `issuer` is the name that authenticator apps show.

    `remember_for`: see `remembering`. `passkeys` is None where browsers offer none: at an address without a name.
    """

    database: Database
    passwords: Passwords
    sealer: Sealer
    issuer: str
    limits: SessionLimits = field(default_factory=SessionLimits)
    sending: mfa.SendingLimits = mfa.SENDING_LIMITS
    passkeys: Passkeys | None = None
    remember_for: timedelta = timedelta()


def look(signin: SignIn, handle: str, browser: bytes, occasion: Occasion) -> Outcome:
    """Say what to show now; asking again changes nothing but what has to be made to be shown."""
    with signin.database.read() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        if journey.account_id is None:  # nothing is made for somebody who is not known yet: no writer waits
            return advance(signin, uow, journey, occasion)
    with signin.database.write(brief=True) as uow:
        journey = find(uow, handle, browser, occasion)
        return Lost() if journey is None else advance(signin, uow, journey, occasion)


def advance(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    occasion: Occasion,
    problem: Problem | None = None,
    *,
    until: datetime | None = None,
    words: str = "",
) -> Outcome:
    """Return the outcome of a journey as it stands, within the caller's unit of work."""
    account = uow.accounts.get(journey.account_id) if journey.account_id else None
    if account is None:
        return _show(journey, _ask_password(signin, uow, journey, None, occasion), problem, until, words)
    journey = replace(journey, proofs=with_device(uow, journey, account, occasion))
    made = decide(uow, account, journey.proofs, journey.requirement, occasion)
    here = situation(signin, uow, journey, account, made, occasion)
    need = next_step(here).need
    if need is Need.DONE:
        handle = complete(uow, journey, account, signin.limits, occasion)
        if handle is None:
            return Lost()
        return Completed(handle, journey.return_path, trust_as_asked(uow, journey, account, occasion))
    if need is Need.TURNED_AWAY and isinstance(made.decision, Deny):
        told = _turn_away(uow, journey, made, made.decision.reasons[-1].code, occasion)
        if told is None:
            return Lost()
        here = replace(here, journey=told)
    if need in NEEDS_PAGES and journey.requirement.channel is Channel.TEXT:
        return _show(journey, OnPages(need), problem, until, words)
    step, kept = _fill(signin, uow, need, here, account, occasion)
    return Lost() if kept is None else _show(kept, step, problem, until, words)


def _turn_away(
    uow: UnitOfWork, journey: Journey, made: MadeDecision, why: str, occasion: Occasion
) -> Journey | None:
    """Record a refusal once in a journey: loading its page again shows the number of the record that there is."""
    if journey.turned_away[0] == why:
        return journey
    keep_decision(uow, made, occasion)
    return uow.journeys.save(replace(journey, turned_away=(why, occasion.request_id)))


def situation(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    made: MadeDecision,
    occasion: Occasion,
) -> Situation:
    """Collect what decides the next step."""
    local = account.password_source is PasswordSource.LOCAL
    kinds = mfa.challenge(uow.factors, account.id, occasion.now).kinds
    if FactorKind.PASSKEY in kinds and not passkey_helps(
        signin.passkeys, uow, journey, account, occasion.now
    ):
        kinds -= RESISTANT_KINDS
    return Situation(
        journey=journey,
        decision=made.decision,
        kinds=kinds,
        may_bind=way_to_bind(uow, journey, account, occasion),
        has_password=not local or uow.accounts.password_hash(account.id) is not None,
    )


def way_to_bind(uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion) -> str:
    """Return the way by which a factor may be set up here and now, or ""; `binding.py` decides."""
    here = networks_of(occasion.address, uow.catalogue.networks)
    named = sorted(
        network.name for network in uow.catalogue.networks if network.may_enrol and network.name in here
    )
    facts = BindingFacts(
        now=occasion.now,
        proofs=journey.proofs,
        opened=Way(journey.may_bind) if journey.may_bind else None,
        networks=tuple(named),
        cools=account.cools(occasion.now),
    )
    found = may_bind(uow.catalogue.factors.binding, facts)
    return found.reason if isinstance(found, MayBind) else ""


def _fill(
    signin: SignIn, uow: UnitOfWork, need: Need, here: Situation, account: Account, occasion: Occasion
) -> tuple[Step, Journey | None]:
    """Return the step that meets `need`, and the journey as kept; None if another request overtook it."""
    journey = here.journey
    if need is Need.ENROLMENT:
        return _enrol(signin, uow, journey, account, occasion)
    step: Step
    match need:
        case Need.NEW_PASSWORD:
            step = _ask_new_password(uow, journey, account)
        case Need.SECOND_FACTOR:
            step = _ask_second_factor(signin, uow, here, account, occasion)
        case Need.PASSKEY_ENROLMENT:
            step = EnrolPasskey(new_passkey(signin, uow, journey, account, occasion))
        case Need.ACTIVATION_CODE:
            step = AskActivationCode()
        case Need.RECOVERY_CODES:
            opened = signin.sealer.unseal(journey.recovery_codes, RECOVERY_CODES_PURPOSE)
            step = ShowRecoveryCodes(tuple(opened.decode("ascii").split("\n")))
        case Need.TURNED_AWAY if isinstance(here.decision, Deny):
            step = TurnedAway(here.decision.reasons, journey.turned_away[1])
        case _:
            step = _ask_password(signin, uow, journey, account, occasion)
    return step, journey


def _ask_second_factor(
    signin: SignIn, uow: UnitOfWork, here: Situation, account: Account, occasion: Occasion
) -> AskSecondFactor:
    # One field takes the codes of apps and of hardware tokens: it is offered as one kind.
    kinds = {kind.counted_as for kind in kinds_to_ask(here)}
    options = ""
    if signin.passkeys is not None and FactorKind.PASSKEY in kinds:
        accepted = accepted_passkeys(uow, here.journey)
        ceremony = signin.passkeys.second_factor(here.journey.digest, account, accepted, occasion.now)
        options = mfa.ask_passkey(uow.factors, ceremony, occasion.now)
    places: tuple[mfa.Destination, ...] = ()
    if FactorKind.TEXT_MESSAGE in kinds:
        asked = kinds_to_ask(here)
        places = tuple(
            place
            for place in mfa.approved_destinations(uow.factors, account.id)
            if place.usable_from <= occasion.now and place.channel.kind in asked
        )
    offered = tuple(kind for kind in _KINDS_IN_ORDER if kind in kinds)
    if here.journey.requirement.channel is Channel.TEXT:
        return AskSecondFactor(offered, options, places)  # the rest is for pages
    has_token = bool(uow.factors.hardware_tokens.of_subject(account.id))
    counter = counter_of(recognised(uow, account, occasion), account)
    locks = mfa.locks(uow.factors, counter, occasion.now)
    trust = allowed_for(uow, here.journey, account, occasion)
    return AskSecondFactor(offered, options, places, has_token, locks, trust)


def new_passkey(
    signin: SignIn, uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion
) -> str:
    """Return the browser's options for a new passkey, "" where there are none."""
    if signin.passkeys is None or journey.requirement.channel is not Channel.BROWSER:
        return ""
    accepted = accepted_passkeys(uow, journey)
    ceremony = signin.passkeys.binding(journey.digest, account, accepted, occasion.now)
    return mfa.begin_passkey(
        uow.factors, ceremony, mfa.NewPasskey(account.login, account.login), occasion.now
    )


def _ask_password(
    signin: SignIn, uow: UnitOfWork, journey: Journey, account: Account | None, occasion: Occasion
) -> AskPassword:
    options = ""
    if signin.passkeys is not None and journey.requirement.channel is Channel.BROWSER:
        options = mfa.ask_passkey(uow.factors, signin.passkeys.sign_in(journey.digest), occasion.now)
    if account is not None:
        return AskPassword(account.login, fixed=True, passkey=options)
    hint = journey.requirement.login_hint
    if not hint and journey.requirement.subject:
        wanted = uow.accounts.get(AccountId(journey.requirement.subject))
        hint = wanted.login if wanted and journey.session_id else ""
    return AskPassword(hint, passkey=options)


def _ask_new_password(uow: UnitOfWork, journey: Journey, account: Account) -> AskNewPassword:
    if account.password_source is PasswordSource.LOCAL:
        return AskNewPassword(journey.must_change_password or "first", least_length(uow, account))
    return AskNewPassword(journey.must_change_password, LEAST_BESIDE_A_FACTOR)


def _enrol(
    signin: SignIn, uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion
) -> tuple[Step, Journey | None]:
    pending = (
        mfa.resume_totp(
            uow.factors, account.id, journey.pending_factor, signin.issuer, account.login, occasion.now
        )
        if journey.pending_factor
        else None
    )
    if pending is None:
        pending = mfa.begin_totp(uow.factors, account.id, signin.issuer, account.login, occasion.now)
        kept = uow.journeys.save(replace(journey, pending_factor=pending.authenticator_id))
    else:
        kept = journey
    options = new_passkey(signin, uow, journey, account, occasion)
    return EnrolFactor(pending.uri, pending.secret, options), kept


def _show(journey: Journey, step: Step, problem: Problem | None, until: datetime | None, words: str) -> Show:
    return Show(step, problem, until, words, journey.requirement.application)


def activated(journey: Journey) -> bool:
    """Whether an activation code was shown in this journey."""
    return latest(journey.proofs, Method.ACTIVATION_CODE) is not None
