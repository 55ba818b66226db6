"""Name and password, and a new password where the old one may not go on.

No unit of work spans the check (DESIGN, idea 7): the try is reserved and committed, checked outside
any transaction, and settled by conditional writes. A hanging directory holds nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address, ip_network

import mfa
from idp.domain.account import Account, PasswordSource
from idp.domain.assurance import Method, Proof
from idp.domain.audit import record
from idp.domain.events import ProofAccepted, SignInRefused
from idp.domain.floods import record_refusal
from idp.domain.handles import digest
from idp.domain.journey import Journey
from idp.domain.login import MAX_LOGIN, login_key
from idp.domain.network import Network
from idp.domain.occasion import IpAddress, Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.password import (
    MOST,
    Correct,
    NotUsable,
    PasswordResult,
    Unreachable,
    Wrong,
    one_form,
)
from idp.domain.ports import UnitOfWork
from idp.domain.remembered import RememberedPassword
from idp.domain.signin.advance import SignIn, advance
from idp.domain.signin.door import find
from idp.domain.signin.remembering import Recalled, beside_memory, recall
from idp.domain.trusted_devices import counter_of, recognised
from mfa import FactorKind

OLD_PASSWORD_PURPOSE = "journey.password"  # noqa: S105 - a purpose's name


@dataclass(frozen=True, slots=True)
class Try:
    """One reserved try: whose it is (None: nobody's), and the counters that already hold it."""

    account: Account | None
    stored_hash: str | None
    tickets: Sequence[mfa.Ticket]
    recalled: Recalled


def submit_password(
    signin: SignIn, handle: str, browser: bytes, login: str, password: str, occasion: Occasion
) -> Outcome:
    """Take a name and a password. Every refusal here is one answer, whatever its cause (S9)."""
    with signin.database.write(brief=True) as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        attempt = reserve(uow, journey, login, occasion)
        if attempt is None:
            record_refusal(uow, refused(None, "throttled"), str(occasion.address), occasion)
            return _throttled(signin, uow, journey, login, occasion)
    result = check(signin, attempt, password)
    with signin.database.write(brief=True) as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        return settle(signin, uow, journey, attempt, result, password, occasion)


def _throttled(signin: SignIn, uow: UnitOfWork, journey: Journey, login: str, occasion: Occasion) -> Outcome:
    """What is said of too many tries: on a trusted device what is locked and until when, else the one answer."""
    account = _meant(uow, journey, login)
    device = recognised(uow, account, occasion)
    if device is None or account is None:
        return advance(signin, uow, journey, occasion, Problem.WRONG)
    until = mfa.locked_until(uow.factors, counter_of(device, account), FactorKind.PASSWORD, occasion.now)
    return advance(signin, uow, journey, occasion, Problem.THROTTLED, until=until)


def throttle_network(address: IpAddress | None, networks: Sequence[Network]) -> tuple[str, mfa.Limits]:
    """Return the counter of the visitor's network and its limits.

    A named network with a limit of its own counts as a whole; otherwise the IPv4 address, or the IPv6
    /64 that one subscriber holds.
    """
    for network in networks:
        if network.failure_limit is not None and address is not None and address in network:
            return f"network:{network.name}", replace(mfa.NETWORK_LIMITS, free_failures=network.failure_limit)
    if address is None:
        return "network:none", mfa.NETWORK_LIMITS
    length = 32 if isinstance(address, IPv4Address) else 64
    return f"network:{ip_network((address, length), strict=False)}", mfa.NETWORK_LIMITS


def reserve(uow: UnitOfWork, journey: Journey, login: str, occasion: Occasion) -> Try | None:
    """Count a try before it is checked; None: too many have failed. Commit before the check."""
    account = _meant(uow, journey, login)
    subject = account_key(account, login)
    counters = [throttle_network(occasion.address, uow.catalogue.networks), (subject, mfa.PASSWORD_LIMITS)]
    device = recognised(uow, account, occasion)
    if device is not None and account is not None:
        # What others guess, from the same network too, is not counted against whoever sits at a trusted device.
        counters = [(counter_of(device, account), mfa.PASSWORD_LIMITS)]
    tickets: list[mfa.Ticket] = []
    for key, bounds in counters:
        admitted = mfa.reserve(uow.factors, key, FactorKind.PASSWORD, bounds, occasion.now)
        if isinstance(admitted, mfa.Throttled):
            for ticket in tickets:
                mfa.release(uow.factors, ticket, occasion.now)
            return None
        tickets.append(admitted.ticket)
    stored = uow.accounts.password_hash(account.id) if account else None
    return Try(account, stored, tickets, recall(uow, account, occasion))


def account_key(account: Account | None, login: str) -> str:
    """Return the counter's key: the account's, or the typed name's, so that unknown names lock alike (S8)."""
    if account is not None:
        return mfa.throttle_key(account.id)
    return f"login:{digest(login_key(login)).hex()}"


def _meant(uow: UnitOfWork, journey: Journey, login: str) -> Account | None:
    if journey.account_id is not None:
        return uow.accounts.get(journey.account_id)
    return uow.accounts.by_login(login) if 0 < len(login) <= MAX_LOGIN else None


def check(signin: SignIn, attempt: Try, typed: str) -> PasswordResult:
    """Check a reserved try, outside any unit of work."""
    # L1: an empty password never reaches a directory, where it would mean an anonymous bind.
    if not typed or len(typed) > MOST:
        return Wrong()
    password = one_form(typed)
    directories, local = signin.passwords.directories, signin.passwords.local
    account = attempt.account
    if account is not None and account.password_source is PasswordSource.LOCAL:
        result = local.check(attempt.stored_hash, password)
        if isinstance(result, Wrong) and directories is not None:
            return Wrong(directory_away=isinstance(directories.check_nobody(password), Unreachable))
        return result
    if directories is None:
        return local.check(None, password)
    result = directories.check_nobody(password) if account is None else directories.check(account, password)
    remembering = signin.remember_for > timedelta()
    return beside_memory(attempt.recalled, local, password, result, remembering=remembering)


def settle(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    attempt: Try,
    result: PasswordResult,
    password: str,
    occasion: Occasion,
) -> Outcome:
    """Keep how a reserved try went, and say what comes next."""
    account = attempt.account
    if isinstance(result, Unreachable):
        for ticket in attempt.tickets:
            mfa.release(uow.factors, ticket, occasion.now)
        record(uow.audit, refused(account, "unavailable"), occasion)
        return advance(signin, uow, journey, occasion, Problem.UNAVAILABLE)
    right = isinstance(result, Correct) and account is not None
    for ticket in attempt.tickets:
        mfa.settle(uow.factors, ticket, right, occasion.now)
    if not isinstance(result, Correct) or account is None:
        if isinstance(result, NotUsable) and account is not None:
            uow.directory_down.forget(account.id)
        reason = f"directory_{result.reason}" if isinstance(result, NotUsable) else "wrong_password"
        record(uow.audit, refused(account, reason), occasion)
        away = isinstance(result, Wrong) and result.directory_away
        return advance(signin, uow, journey, occasion, Problem.UNAVAILABLE if away else Problem.WRONG)
    if result.rehashed:
        uow.accounts.set_password_hash(account.id, result.rehashed, expected=attempt.stored_hash)
    method = Method.REMEMBERED_PASSWORD if result.remembered else Method.PASSWORD
    if result.remember:
        until = occasion.now + signin.remember_for
        uow.directory_down.remember(account.id, RememberedPassword(result.remember, occasion.now, until))
    record(uow.audit, ProofAccepted(subject=account.id, method=method.value), occasion)
    # Proofs of a session that this account does not own never carry over.
    mine = journey.proofs if journey.account_id == account.id else ()
    held = b""
    if result.must_change:
        held = signin.sealer.seal(one_form(password).encode(), OLD_PASSWORD_PURPOSE)
    proved = replace(
        journey,
        account_id=account.id,
        proofs=(*mine, Proof(method, occasion.now)),
        must_change_password=result.must_change,
        password=held,
    )
    kept = uow.journeys.save(proved)
    return Lost() if kept is None else advance(signin, uow, kept, occasion)


def refused(account: Account | None, reason: str) -> SignInRefused:
    """Return the record of a refused password."""
    # An unknown name is not recorded: people type passwords into the wrong field (K4).
    return SignInRefused(subject=account.id if account else "", reason=reason, method="password")
