"""Signing keys as JSON Web Keys (RFC 7517): made, sealed, opened. The only use of joserfc in this room.

ES256 signs what we may choose; RS256 is what OpenID Connect obliges every relying party to know (Core §15.1).
RSA has 2048 bits: RFC 7518 §3.3's minimum, enough until 2030 (NIST SP 800-57 part 1, table 2) for keys that
sign for three months and tokens that live for hours; signing with 3072 bits costs two and a half times as much.
"""

import json
from dataclasses import dataclass, field

from joserfc.jwk import ECKey, RSAKey

from idp.domain.ports import Sealer
from idp.keys.rotation import Life
from idp.keys.store import StoredKey

ALGORITHMS = ("ES256", "RS256")
_RSA_BITS = 2048

PrivateKey = ECKey | RSAKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs or signed; `kid` is its JWK thumbprint (RFC 7638).

    Attributes:
        key: the private key while there is one, else the public.
        public: what the key set shows.
    """

    kid: str
    alg: str
    key: PrivateKey = field(repr=False)
    public: dict[str, str]
    life: Life


def make(algorithm: str, life: Life, sealer: Sealer) -> StoredKey:
    """Generate a key; RSA takes a good part of a second, so not inside a transaction."""
    key = _generate(algorithm)
    kid = key.thumbprint()
    private = json.dumps(key.as_dict(private=True)).encode("ascii")
    return StoredKey(
        kid=kid,
        algorithm=algorithm,
        public=_strings(key.as_dict(private=False)) | {"kid": kid, "alg": algorithm, "use": "sig"},
        sealed_private=sealer.seal(private, sealing_purpose(kid)),
        life=life,
    )


def open_key(stored: StoredKey, sealer: Sealer) -> SigningKey:
    """Return a stored key, ready to sign if its private half is still there."""
    members = dict(stored.public)
    if stored.sealed_private is not None:
        members |= json.loads(sealer.unseal(stored.sealed_private, sealing_purpose(stored.kid)))
    kind = ECKey if stored.algorithm == "ES256" else RSAKey
    return SigningKey(
        kid=stored.kid,
        alg=stored.algorithm,
        key=kind.import_key({**members}),
        public=dict(stored.public),
        life=stored.life,
    )


def sealing_purpose(kid: str) -> str:
    """Return the purpose that a private key is sealed for; storage/seals.py builds the same."""
    return f"signing-key:{kid}"


def _generate(algorithm: str) -> PrivateKey:
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    if algorithm == "RS256":
        return RSAKey.generate_key(_RSA_BITS)
    raise ValueError(f"no signing keys are made for {algorithm}")


def _strings(members: dict[str, str | list[str]]) -> dict[str, str]:
    return {name: value for name, value in members.items() if isinstance(value, str)}
