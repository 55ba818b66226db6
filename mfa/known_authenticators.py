"""Taking over authenticators whose secrets are known: from another product, or from a list of devices.

The secret comes from outside and is bound at once, without a confirming code: whoever hands it in has already seen
it work. Files and their formats are not read here.
"""

import hmac
from datetime import datetime

from mfa.authenticators import Totp, new_identifier
from mfa.enrolment import checked_name
from mfa.store import FactorStore

LEAST_SECRET_BYTES = 16
"""RFC 4226 §4, R6: at least 128 bits."""


def import_totp(store: FactorStore, subject: str, secret: bytes, name: str, now: datetime) -> str | None:
    """Bind an authenticator app by its known secret; give its id, None if the subject has that very one already.

    Raises:
        ValueError: the secret is shorter than RFC 4226 allows, or the name cannot be shown.
    """
    if len(secret) < LEAST_SECRET_BYTES:
        raise ValueError(f"secret: at least {LEAST_SECRET_BYTES} bytes (RFC 4226 §4)")
    if any(hmac.compare_digest(held.secret, secret) for held in store.totps.active(subject)):
        return None
    known = Totp(
        id=new_identifier(),
        subject=subject,
        name=checked_name(name),
        secret=secret,
        created_at=now,
        confirmed_at=now,
    )
    store.totps.add(known)
    return known.id
