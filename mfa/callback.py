"""Call-back: a code sent to a place that was approved beforehand (NIST SP 800-63B-4 §3.1.3, out-of-band).

The modem's call-back of old: never to a number that the caller names. A new destination is a new factor; until its
waiting time is over nothing is sent to it, so that approving one and receiving a code there never happen in one
step. A code answers only the sign-in that asked for it, once, for ten minutes at most; a newer one replaces it.
Telephone networks and mail are weaker than what a person holds: hosts decide where they are accepted.

It does not know how a code travels: the host sends what `call_to_send` gives, and says so with `call_sent`.
"""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mfa.authenticators import new_identifier
from mfa.destinations import Call, Channel, Destination, ToSend
from mfa.store import FactorStore
from mfa.throttle import Limits, Throttled
from mfa.throttling import reserve

CODE_DIGITS = 8
CODE_LIFETIME = timedelta(minutes=10)
_PURPOSE = "mfa.call-back"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SendingLimits:
    """How many codes may be sent: to a person, to one destination, and by everybody together in a day."""

    person: Limits
    destination: Limits
    everybody: Limits

    @classmethod
    def of(cls, per_day: int) -> "SendingLimits":
        """Return the usual limits with `per_day` codes in all: what text messages and calls may cost."""
        own = Limits(
            free_failures=5,
            first_lock=timedelta(minutes=10),
            longest_lock=timedelta(hours=12),
            forget_one_after=timedelta(hours=2),
            success_clears=False,
        )
        everybody = replace(
            own,
            free_failures=per_day,
            first_lock=timedelta(minutes=5),
            longest_lock=timedelta(minutes=30),
            forget_one_after=timedelta(days=1) / per_day,
        )
        return cls(own, own, everybody)


SENDING_LIMITS = SendingLimits.of(1000)


@dataclass(frozen=True, slots=True)
class Calling:
    """A code will be sent: the host sends call `call_id` when this transaction has committed."""

    call_id: str
    shown: str
    expires_at: datetime


def normalised(channel: Channel, text: str, country: str = "46") -> str:
    """Return an address in its one form: E.164, or an e-mail address; raises ValueError for what is neither."""
    bare = "".join(text.split())
    if channel is Channel.EMAIL:
        if not _MAIL.fullmatch(bare):
            raise ValueError("expected an e-mail address")
        return bare
    bare = re.sub(r"[-()./]", "", bare)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    elif bare.startswith("0"):
        bare = f"+{country}{bare[1:]}"
    if not _NUMBER.fullmatch(bare):
        raise ValueError("expected a telephone number such as 070-123 45 67 or +46 70 123 45 67")
    return bare


def bind_destination(
    store: FactorStore,
    subject: str,
    channel: Channel,
    address: str,
    bound_by: str,
    now: datetime,
    *,
    waiting: timedelta,
) -> Destination | None:
    """Approve a destination; None if the subject has that very one. Nothing is sent to it before `waiting` is over.

    Raises:
        ValueError: `address` is none.
    """
    kept = normalised(channel, address)
    if any(
        held.address == kept and held.channel is channel for held in store.callbacks.destinations(subject)
    ):
        return None
    bound = Destination(
        id=new_identifier(),
        subject=subject,
        channel=channel,
        address=kept,
        bound_by=bound_by,
        bound_at=now,
        usable_from=now + waiting,
    )
    store.callbacks.add(bound)
    return bound


def approved_destinations(store: FactorStore, subject: str) -> tuple[Destination, ...]:
    """Return the subject's approved destinations, oldest first."""
    return store.callbacks.destinations(subject)


def remove_destination(store: FactorStore, subject: str, destination_id: str, now: datetime) -> bool:
    """End a destination for good; False when the subject has no such one.

    Its address is kept, sealed, until the host has told it there (`destination_to_tell`, `destination_told`).
    """
    return store.callbacks.remove(subject, destination_id, now)


def destination_to_tell(store: FactorStore, destination_id: str) -> Destination | None:
    """Return where a change of factors is told; None once a removed destination has been told of its removal."""
    return store.callbacks.to_tell(destination_id)


def destination_told(store: FactorStore, destination_id: str) -> None:
    """Note that everything was told there: a removed destination's address is erased."""
    store.callbacks.told(destination_id)


def call_back(
    store: FactorStore,
    subject: str,
    destination_id: str,
    binding: bytes,
    now: datetime,
    limits: SendingLimits = SENDING_LIMITS,
) -> Calling | Throttled | None:
    """Make a code for one approved destination; None if there is no such usable one.

    The limits count codes that are sent, right or wrong: they bound what a flood costs and annoys.
    """
    held = store.callbacks.destinations(subject)
    chosen = next((one for one in held if one.id == destination_id and one.usable_from <= now), None)
    if chosen is None:
        return None
    number = store.mac(chosen.address.encode(), _PURPOSE).hex()
    counters = (
        ("call-back:everybody", limits.everybody),
        (f"call-back:destination:{number}", limits.destination),
        (f"call-back:subject:{subject}", limits.person),
    )
    for key, bounds in counters:
        admitted = reserve(store, key, chosen.channel.kind, bounds, now)
        if isinstance(admitted, Throttled):
            return admitted
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    made = Call(
        id=new_identifier(),
        subject=subject,
        destination_id=chosen.id,
        binding=binding,
        mac=call_mac(store, subject, code),
        code=code,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    store.callbacks.replace_call(made)
    return Calling(made.id, chosen.shown, made.expires_at)


def call_to_send(store: FactorStore, call_id: str, now: datetime) -> ToSend | None:
    """Return what is to be sent; None if it was sent, replaced, spent, or came too late."""
    return store.callbacks.to_send(call_id, now)


def call_sent(store: FactorStore, call_id: str, now: datetime) -> None:
    """Note that a code is on its way: it is kept as a keyed hash alone from now on."""
    store.callbacks.sent(call_id, now)


def parse(text: str) -> str | None:
    """The digits that somebody typed; None when they cannot be such a code."""
    bare = "".join(text.split()).replace("-", "")
    return bare if len(bare) == CODE_DIGITS and bare.isascii() and bare.isdigit() else None


def call_mac(store: FactorStore, subject: str, code: str) -> bytes:
    """What is kept of a code: a keyed hash that is of no use for another subject or kind."""
    return store.mac(f"{subject}\0{code}".encode(), _PURPOSE)
