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

_CODES = frozenset({FactorKind.TOTP, FactorKind.HOTP, FactorKind.RECOVERY_CODE, FactorKind.TEMPORARY_CODE})


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
class Outlook:
    """One application on that day: how many of those who may use it could, and whose logins could not."""

    application: Application
    could: int
    could_not: tuple[str, ...]

    @property
    def may(self) -> int:
        """How many may use it at all."""
        return self.could + len(self.could_not)


def rehearse(
    uow: UnitOfWork, code_alone: Callable[[Application], bool], occasion: Occasion
) -> Sequence[Outlook]:
    """Say who could work where if every directory were away now; nothing is changed.

    `code_alone` says of which applications a code may come without a password. Where somebody is counts: an
    occasion without an address is outside every named network.
    """
    people = [_equipped(uow, account, occasion) for account in _accounts(uow)]
    here = networks_of(occasion.address, uow.catalogue.networks)
    found = []
    for application in sorted(uow.catalogue.applications.values(), key=lambda one: one.name):
        could, could_not = 0, []
        for person in people:
            if not application.policy.audience.admits(person.facts.groups, person.facts.units):
                continue
            proofs = person.proofs(code_alone=code_alone(application))
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

    def proofs(self, *, code_alone: bool) -> tuple[Proof, ...]:
        """What the person could show: a code only beside a password, but where it may come alone."""
        first = self.password is not None or self.passkey is not None or code_alone
        held = (self.password, self.passkey, self.code if first else None)
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
    )


def _accounts(uow: UnitOfWork) -> Sequence[Account]:
    found = [uow.accounts.get(account_id) for account_id in uow.directory_down.active_accounts()]
    return [account for account in found if account is not None]
