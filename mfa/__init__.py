"""Second factors for an opaque subject: binding, verifying, throttling. No HTTP, no accounts.

    store = mfa.sql_store.SqlFactorStore(connection, sealer)      # inside a transaction of the caller's
    outcome = verify(store, subject, OneTimePasswordResponse("123 456"), now)
    match outcome:
        case Accepted(): …
        case Rejected() | Throttled(): …            # ordinary results: commit them too

These names are the library; what is not exported is not for callers, above all the single steps of verifying.
Whoever composes the program takes the store from `mfa.sql_store` and the tables from `mfa.tables`.
"""

from mfa import seed_files, token_stock
from mfa.appended_codes import appended_digits
from mfa.authenticators import (
    ActivationCode,
    Algorithm,
    Digits,
    Enrolled,
    FactorKind,
    Model,
    Passkey,
    PasskeyPurpose,
    Period,
    TemporaryCode,
    TemporaryCodePurpose,
)
from mfa.callback import CODE_DIGITS as SENT_CODE_DIGITS
from mfa.callback import (
    SENDING_LIMITS,
    Calling,
    SendingLimits,
    approved_destinations,
    bind_destination,
    call_back,
    call_sent,
    call_to_send,
    destination_to_tell,
    destination_told,
    remove_destination,
)
from mfa.destinations import Channel, Destination, ToSend
from mfa.enrolment import (
    LONGEST_NAME,
    Confirmed,
    PendingTotp,
    begin_totp,
    confirm_totp,
    enrolled,
    remove,
    rename,
    resume_totp,
)
from mfa.hardware_token import HardwareToken, Seed, StockOrder, StockQuery, TokenState
from mfa.known_authenticators import import_totp
from mfa.passkeys import (
    BoundPasskey,
    Ceremony,
    NewPasskey,
    ProvedPasskey,
    RefusedPasskey,
    ask_passkey,
    begin_passkey,
    bind_passkey,
    prove_passkey,
)
from mfa.recovery_codes import GeneratedRecoveryCodes, generate_recovery_codes
from mfa.resynchronisation import Resynchronised, resynchronise
from mfa.store import FactorStore, Sealer
from mfa.temporary_access import (
    IssuedCode,
    issue_activation_code,
    issue_temporary_code,
    usable_activation_codes,
    usable_temporary_codes,
    withdraw_activation_code,
    withdraw_temporary_code,
)
from mfa.throttle import CODE_LIMITS, NETWORK_LIMITS, PASSWORD_LIMITS, Limits, Throttled
from mfa.throttling import (
    Admitted,
    Lock,
    ThrottleContentionError,
    Ticket,
    locked_until,
    locks,
    release,
    reserve,
    settle,
    unlock,
)
from mfa.typed_kinds import kind_typed
from mfa.verification import (
    GUESSES,
    Accepted,
    Activated,
    CallBackResponse,
    Challenge,
    OneTimePasswordResponse,
    Reason,
    RecoveryCodeResponse,
    Rejected,
    Response,
    TemporaryCodeResponse,
    activate,
    challenge,
    throttle_key,
    verify,
)
from mfa.webauthn_metadata import Metadata, MetadataRefusedError
from mfa.webauthn_options import RelyingParty

__all__ = [
    "CODE_LIMITS",
    "GUESSES",
    "LONGEST_NAME",
    "NETWORK_LIMITS",
    "PASSWORD_LIMITS",
    "SENDING_LIMITS",
    "SENT_CODE_DIGITS",
    "Accepted",
    "Activated",
    "ActivationCode",
    "Admitted",
    "Algorithm",
    "BoundPasskey",
    "CallBackResponse",
    "Calling",
    "Ceremony",
    "Challenge",
    "Channel",
    "Confirmed",
    "Destination",
    "Digits",
    "Enrolled",
    "FactorKind",
    "FactorStore",
    "GeneratedRecoveryCodes",
    "HardwareToken",
    "IssuedCode",
    "Limits",
    "Lock",
    "Metadata",
    "MetadataRefusedError",
    "Model",
    "NewPasskey",
    "OneTimePasswordResponse",
    "Passkey",
    "PasskeyPurpose",
    "PendingTotp",
    "Period",
    "ProvedPasskey",
    "Reason",
    "RecoveryCodeResponse",
    "RefusedPasskey",
    "Rejected",
    "RelyingParty",
    "Response",
    "Resynchronised",
    "Sealer",
    "Seed",
    "SendingLimits",
    "StockOrder",
    "StockQuery",
    "TemporaryCode",
    "TemporaryCodePurpose",
    "TemporaryCodeResponse",
    "ThrottleContentionError",
    "Throttled",
    "Ticket",
    "ToSend",
    "TokenState",
    "activate",
    "appended_digits",
    "approved_destinations",
    "ask_passkey",
    "begin_passkey",
    "begin_totp",
    "bind_destination",
    "bind_passkey",
    "call_back",
    "call_sent",
    "call_to_send",
    "challenge",
    "confirm_totp",
    "destination_to_tell",
    "destination_told",
    "enrolled",
    "generate_recovery_codes",
    "import_totp",
    "issue_activation_code",
    "issue_temporary_code",
    "kind_typed",
    "locked_until",
    "locks",
    "prove_passkey",
    "release",
    "remove",
    "remove_destination",
    "rename",
    "reserve",
    "resume_totp",
    "resynchronise",
    "seed_files",
    "settle",
    "throttle_key",
    "token_stock",
    "unlock",
    "usable_activation_codes",
    "usable_temporary_codes",
    "verify",
    "withdraw_activation_code",
    "withdraw_temporary_code",
]
