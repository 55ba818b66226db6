"""Binding passkeys and proving oneself by them: challenges, credentials, the counter rule, throttling.

A ceremony is begun (a challenge is kept, options go to the browser) and finished (the challenge is spent by one
conditional write before anything is accepted: W1). A challenge is bound to a purpose, a subject and `binding`,
the host's digest of the journey or session that it was made in. A credential id belongs to one subject for ever.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mfa import open_challenges, webauthn, webauthn_options
from mfa.authenticators import FactorKind, Passkey, PasskeyPurpose, new_identifier
from mfa.enrolment import checked_name
from mfa.store import FactorStore
from mfa.throttle import CODE_LIMITS, Limits, Throttled
from mfa.throttling import Ticket, release, reserve, settle
from mfa.verification import GUESSES, Reason, Rejected, throttle_key
from mfa.webauthn_metadata import Metadata
from mfa.webauthn_options import RelyingParty

CHALLENGE_BYTES = 32
CHALLENGE_LIFETIME = timedelta(minutes=30)
"""As long as a page may lie open: a browser offers passkeys in its first field from when it is loaded."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """For whom and where a challenge is made: an answer anywhere else is refused."""

    party: RelyingParty
    purpose: PasskeyPurpose
    binding: bytes
    subject: str = ""
    """Empty where any passkey of the relying party's may answer: nobody is known yet."""
    refuse_regressed: bool = True
    """Whether a counter that goes backwards is refused; it is noted in any case (W5)."""
    metadata: Metadata | None = None
    """Where genuine models are known from; without it no attestation is asked for and none counts."""
    accepts: Callable[[Passkey], bool] | None = None
    """Which of the subject's passkeys, or which new one, is wanted here; None takes any (W6)."""

    @property
    def verify_user(self) -> bool:
        """W3: where a passkey comes first it stands for two factors, so its device must know its owner."""
        return self.purpose is PasskeyPurpose.SIGN_IN


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """The names that an authenticator shows of an account."""

    account: str
    display_name: str


@dataclass(frozen=True, slots=True)
class BoundPasskey:
    """A passkey is bound and can be used from now on."""

    passkey: Passkey


@dataclass(frozen=True, slots=True)
class ProvedPasskey:
    """The holder of a passkey was here, and `user_verified` if the device asked for PIN or biometric."""

    passkey: Passkey
    user_verified: bool
    regressed: bool = False
    """The counter went backwards and the policy lets that pass: to be reported."""


@dataclass(frozen=True, slots=True)
class RefusedPasskey:
    """The answer was refused; `passkey` is the one that it named, if there is such a one."""

    reason: Reason
    passkey: Passkey | None = field(default=None, repr=False)


def begin_passkey(store: FactorStore, ceremony: Ceremony, new: NewPasskey, now: datetime) -> str:
    """Keep a challenge to bind a passkey and return the browser's creation options as JSON."""
    challenge = _challenge(store, ceremony, now)
    user = (user_handle(store, ceremony.subject), new.account, new.display_name)
    known = store.passkeys.active(ceremony.subject)
    asked = ceremony.metadata is not None
    return webauthn_options.creation_options(ceremony.party, challenge, user, known, attestation=asked)


def bind_passkey(
    store: FactorStore, ceremony: Ceremony, document: str, name: str, now: datetime
) -> BoundPasskey | Rejected:
    """Bind the credential that the browser made. The caller commits whatever the outcome is."""
    parsed = webauthn.parse_registration(document)
    if parsed is None:
        return Rejected(Reason.MALFORMED)
    if not _spend(store, ceremony, parsed.challenge, now):
        return Rejected(Reason.REPLAYED)
    made = webauthn.check_registration(ceremony.party, parsed)
    if isinstance(made, Reason):
        return Rejected(made)
    model = ceremony.metadata.attested(made, now) if ceremony.metadata is not None else None
    passkey = Passkey(
        id=new_identifier(),
        subject=ceremony.subject,
        name=checked_name(name),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        aaguid=made.aaguid,
        transports=parsed.transports,
        user_verifying=made.user_verified,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
        attested=model is not None,
        created_at=now,
    )
    if ceremony.accepts is not None and not ceremony.accepts(passkey):
        return Rejected(Reason.UNTRUSTED)
    return BoundPasskey(passkey) if store.passkeys.add(passkey) else Rejected(Reason.ALREADY_BOUND)


def ask_passkey(store: FactorStore, ceremony: Ceremony, now: datetime) -> str:
    """Make a challenge to prove a passkey and return the browser's request options as JSON.

    Where nobody is known the options are the same for everybody and name no credential (S9), and nothing is
    written before somebody answers (`open_challenges`).
    """
    if ceremony.subject:
        challenge = _challenge(store, ceremony, now)
    else:
        until = now + CHALLENGE_LIFETIME
        challenge = open_challenges.make(store, ceremony.purpose, ceremony.binding, until)
    wanted = ceremony.accepts or (lambda _: True)
    known = store.passkeys.active(ceremony.subject) if ceremony.subject else ()
    allowed = [passkey for passkey in known if wanted(passkey)]
    return webauthn_options.request_options(
        ceremony.party, challenge, allowed, verify_user=ceremony.verify_user
    )


def prove_passkey(
    store: FactorStore,
    ceremony: Ceremony,
    document: str,
    now: datetime,
    limits: Limits = CODE_LIMITS,
    counter: str = "",
) -> ProvedPasskey | RefusedPasskey | Throttled:
    """Take a browser's answer. The caller commits whatever the outcome is.

    Where nobody is known yet no subject's counter is touched: whoever knows a credential id must not be able to
    lock its owner out. The host counts the network's tries.
    """
    parsed = webauthn.parse_assertion(document)
    if parsed is None:
        return RefusedPasskey(Reason.MALFORMED)
    ticket: Ticket | None = None
    if ceremony.subject:
        admitted = reserve(store, counter or throttle_key(ceremony.subject), FactorKind.PASSKEY, limits, now)
        if isinstance(admitted, Throttled):
            return admitted
        ticket = admitted.ticket
    outcome = _checked(store, ceremony, parsed, now)
    if ticket is not None:
        _settle(store, ticket, outcome, now)
    return outcome


def user_handle(store: FactorStore, subject: str) -> bytes:
    """What authenticators keep of a subject (§5.4.3): 32 bytes that tell nothing, the same for all its passkeys."""
    return store.mac(subject.encode(), "mfa.passkey.user")


def _challenge(store: FactorStore, ceremony: Ceremony, now: datetime) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    store.passkeys.add_challenge(
        challenge, ceremony.purpose, ceremony.subject, ceremony.binding, now + CHALLENGE_LIFETIME
    )
    return challenge


def _spend(store: FactorStore, ceremony: Ceremony, challenge: bytes, now: datetime) -> bool:
    if not ceremony.subject:
        ends = open_challenges.expiry(store, challenge, ceremony.purpose, ceremony.binding)
        if ends is None or now >= ends:
            return False
        return store.passkeys.answer_challenge(challenge, ceremony.purpose, ceremony.binding, ends, now)
    return store.passkeys.spend_challenge(
        challenge, ceremony.purpose, ceremony.subject, ceremony.binding, now
    )


def _checked(
    store: FactorStore, ceremony: Ceremony, assertion: webauthn.Assertion, now: datetime
) -> ProvedPasskey | RefusedPasskey:
    if not _spend(store, ceremony, assertion.challenge, now):
        return RefusedPasskey(Reason.REPLAYED)
    passkey = store.passkeys.by_credential(assertion.credential_id)
    if passkey is None or ceremony.subject not in ("", passkey.subject):
        return RefusedPasskey(Reason.NONE_ENROLLED)
    if _says_whose(store, ceremony, assertion, passkey):
        return _of_passkey(store, ceremony, assertion, passkey, now)
    return RefusedPasskey(Reason.WRONG, passkey)


def _of_passkey(
    store: FactorStore,
    ceremony: Ceremony,
    assertion: webauthn.Assertion,
    passkey: Passkey,
    now: datetime,
) -> ProvedPasskey | RefusedPasskey:
    said = webauthn.check_assertion(ceremony.party, assertion, passkey, verify_user=ceremony.verify_user)
    if isinstance(said, Reason):
        return RefusedPasskey(said, passkey)
    if store.passkeys.use(passkey, said.sign_count, now, backed_up=said.backed_up):
        return ProvedPasskey(passkey, said.user_verified)
    # §6.1.1: a copy may be about, or two answers of one authenticator overtook each other.
    noted = store.passkeys.note_regression(passkey, now)
    if ceremony.refuse_regressed or not noted:
        return RefusedPasskey(Reason.COUNTER_REGRESSED if noted else Reason.NONE_ENROLLED, passkey)
    return ProvedPasskey(passkey, said.user_verified, regressed=True)


def _says_whose(
    store: FactorStore, ceremony: Ceremony, assertion: webauthn.Assertion, passkey: Passkey
) -> bool:
    """§7.2, step 6: where nobody was known the answer has to say who, and what it says has to be right (W4)."""
    if assertion.user_handle is None:
        return bool(ceremony.subject)
    return hmac.compare_digest(assertion.user_handle, user_handle(store, passkey.subject))


def _settle(
    store: FactorStore, ticket: Ticket, outcome: ProvedPasskey | RefusedPasskey, now: datetime
) -> None:
    if isinstance(outcome, ProvedPasskey):
        settle(store, ticket, succeeded=True, now=now)
    elif outcome.reason in GUESSES:
        settle(store, ticket, succeeded=False, now=now)
    else:
        release(store, ticket, now)
