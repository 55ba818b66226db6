"""Devices that a person has trusted after a second factor, for as long as a policy allows (statements S10, S17).

A trusted device is a browser with a cookie whose digest is in a row, bound to one account. It proves no factor: it
is a method of its own, and `may()` lets it stand in for the second factor only where the policy says so, never where
a request asks for more or fresher proof. It has failure counters of its own, so that a flood from elsewhere cannot
lock its owner out there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import mfa
from idp.domain.account import Account
from idp.domain.assurance import LENT, Factor, Method, Proof, factors_of
from idp.domain.audit import record
from idp.domain.devices import TrustedDevice
from idp.domain.events import DeviceTrusted, DeviceTrustEnded
from idp.domain.handles import AccountId, digest, new_handle, new_id
from idp.domain.journey import Journey
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session


@dataclass(frozen=True, slots=True)
class DeviceHandle:
    """What a browser keeps of being trusted: the secret, and for how long."""

    handle: str
    lasts: timedelta


def recognised(uow: UnitOfWork, account: Account | None, occasion: Occasion) -> TrustedDevice | None:
    """Return the trusted device that asks, if it is one of just this account's."""
    if account is None or occasion.device is None:
        return None
    return uow.devices.living(account.id, occasion.device, occasion.now)


def counter_of(device: TrustedDevice | None, account: Account) -> str:
    """Return the key of the failure counters for tries from this device, or from anywhere else."""
    return mfa.throttle_key(account.id, device.id if device is not None else "")


def with_device(uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion) -> tuple[Proof, ...]:
    """Return the journey's proofs, and that of the device once its owner has shown that they know something.

    The proof is as old as the second factor that the trust was given after.
    """
    others = tuple(proof for proof in journey.proofs if proof.method is not Method.TRUSTED_DEVICE)
    if Factor.KNOWLEDGE not in factors_of(others):
        return others
    device = recognised(uow, account, occasion)
    if device is None:
        return others
    return (*others, Proof(Method.TRUSTED_DEVICE, device.trusted_at, device.id))


def still_trusted(
    uow: UnitOfWork, account: Account, proofs: tuple[Proof, ...], now: datetime
) -> tuple[Proof, ...]:
    """Leave out the proofs of devices that are trusted no more."""
    if all(proof.method is not Method.TRUSTED_DEVICE for proof in proofs):
        return proofs
    living = {device.id for device in uow.devices.of_account(account.id, now)}
    return tuple(
        proof
        for proof in proofs
        if proof.method is not Method.TRUSTED_DEVICE or proof.authenticator in living
    )


def allowed_for(uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion) -> timedelta | None:
    """Return how long the policy of the application lets a device be trusted; None is not at all, or not now."""
    if account.cools(occasion.now):
        return None
    asked = journey.requirement.application
    application = uow.catalogue.applications.get(asked) if asked is not None else None
    return (application.policy.trusted_device or None) if application else None


def trust_as_asked(
    uow: UnitOfWork, journey: Journey, account: Account, occasion: Occasion
) -> DeviceHandle | None:
    """Trust the device if the person asked for it and has shown a second factor in this journey.

    The handle is always a new one: whatever cookie the browser brought may have been planted there.
    """
    lasts = allowed_for(uow, journey, account, occasion)
    since = journey.created_at
    shown = [proof for proof in journey.proofs if proof.at >= since and proof.method not in LENT]
    if not journey.trust_device or lasts is None or Factor.POSSESSION not in factors_of(shown):
        return None
    handle = new_handle()
    device = TrustedDevice(
        id=new_id(),
        account_id=account.id,
        trusted_at=occasion.now,
        expires_at=occasion.now + lasts,
        address=str(occasion.address or ""),
        user_agent=occasion.user_agent,
    )
    uow.devices.add(device, digest(handle))
    record(uow.audit, DeviceTrusted(subject=account.id, object=device.id), occasion)
    return DeviceHandle(handle, lasts)


def mine(uow: UnitOfWork, account: Account, now: datetime) -> Sequence[TrustedDevice]:
    """Return the account's trusted devices, newest first."""
    return uow.devices.of_account(account.id, now)


def revoke(uow: UnitOfWork, account_id: AccountId, device_id: str, occasion: Occasion) -> bool:
    """Trust a device no more, and end the sessions in which it stood in; False if it is not the account's."""
    if not uow.devices.end(account_id, device_id, occasion.now):
        return False
    record(uow.audit, DeviceTrustEnded(subject=account_id, object=device_id, reason="revoked"), occasion)
    for session in uow.sessions.of_account(account_id, occasion.now):
        if any(proof.authenticator == device_id for proof in session.proofs):
            end_session(uow, session.id, account_id, EndReason.DEVICE_REVOKED, occasion)
    return True
