"""The day when a directory does not answer: what is remembered of passwords, and who could work where.

A remembered password is an Argon2id hash that expires by itself. It is made only for people whom a policy lets
work on (`open_without_directory`) and never for anybody with a role in Portvakt: privileged systems stay closed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import mfa
from idp.domain.access import AccessFacts, Circumstances, Permit, may
from idp.domain.account import Account, PasswordSource
from idp.domain.application import Application
from idp.domain.assurance import Method, Proof
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.network import networks_of
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from mfa import FactorKind

_ONE_TIME = frozenset({FactorKind.TOTP, FactorKind.HOTP})
_CODES = _ONE_TIME | {FactorKind.RECOVERY_CODE, FactorKind.TEMPORARY_CODE}


def worth_remembering(uow: UnitOfWork, facts: AccessFacts) -> bool:
    """Whether a policy lets this account work on without its directory."""
    account = facts.account
    if account.password_source is not PasswordSource.DIRECTORY or uow.roles.of_account(account.id):
        return False
    return any(
        one.enabled
        and one.policy.open_without_directory
        and one.policy.audience.admits(facts.groups, facts.units)
        for one in uow.catalogue.applications.values()
    )


@dataclass(frozen=True, slots=True)
class Ways:
    """How people prove themselves to an application: `code_alone` asks for no password, `pages` can show a passkey."""

    code_alone: bool = False
    pages: bool = True


@dataclass(frozen=True, slots=True)
class Outlook:
    """One application on that day: how many of those who may use it could, and whose logins could not."""

    application: Application
    could: int
    could_not: tuple[str, ...]

    @property
    def may(self) -> int:
        """How many may use it at all."""
        return self.could + len(self.could_not)


def rehearse(uow: UnitOfWork, ways: Callable[[Application], Ways], occasion: Occasion) -> Sequence[Outlook]:
    """Say who could work where if every directory were away now; nothing is changed.

    `ways` says how people prove themselves to an application. Where somebody is counts: an occasion without an
    address is outside every named network.
    """
    people = [_equipped(uow, account, occasion) for account in _accounts(uow)]
    here = networks_of(occasion.address, uow.catalogue.networks)
    found = []
    for application in sorted(uow.catalogue.applications.values(), key=lambda one: one.name):
        could, could_not = 0, []
        for person in people:
            if not application.policy.audience.admits(person.facts.groups, person.facts.units):
                continue
            proofs = person.proofs(ways(application))
            decision = may(
                person.facts,
                application,
                AuthenticationRequirement(application.id),
                Circumstances(occasion.now, here, proofs),
            )
            if isinstance(decision, Permit):
                could += 1
            else:
                could_not.append(person.facts.account.login)
        found.append(Outlook(application, could, tuple(could_not)))
    return found


@dataclass(frozen=True, slots=True)
class _Equipped:
    facts: AccessFacts
    password: Proof | None
    passkey: Proof | None
    code: Proof | None
    one_time: bool

    def proofs(self, ways: Ways) -> tuple[Proof, ...]:
        """What the person could show: a code only beside a password, but where nothing else is asked for."""
        if ways.code_alone:
            return (self.code,) if self.code is not None and self.one_time else ()
        passkey = self.passkey if ways.pages else None
        first = self.password is not None or passkey is not None
        held = (self.password, passkey, self.code if first else None)
        return tuple(proof for proof in held if proof is not None)


def _equipped(uow: UnitOfWork, account: Account, occasion: Occasion) -> _Equipped:
    now = occasion.now
    kinds = mfa.challenge(uow.factors, account.id, now).kinds
    password: Proof | None = None
    if account.password_source is PasswordSource.LOCAL:
        password = Proof(Method.PASSWORD, now) if uow.accounts.password_hash(account.id) else None
    elif uow.directory_down.remembered(account.id, now) is not None:
        password = Proof(Method.REMEMBERED_PASSWORD, now)
    return _Equipped(
        uow.accounts.facts(account, now),
        password,
        Proof(Method.PASSKEY, now) if FactorKind.PASSKEY in kinds else None,
        Proof(Method.TOTP, now) if kinds & _CODES else None,
        bool(kinds & _ONE_TIME),
    )


def _accounts(uow: UnitOfWork) -> Sequence[Account]:
    found = [uow.accounts.get(account_id) for account_id in uow.directory_down.active_accounts()]
    return [account for account in found if account is not None]
