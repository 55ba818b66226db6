"""A sealer for floors and what is measured beside them: the keys are thrown away with the process."""

import hmac


class Unsealed:
    """A sealer that seals nothing: sealing is measured elsewhere."""

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        del purpose
        return plaintext

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        del purpose
        return sealed

    def mac(self, message: bytes, purpose: str) -> bytes:
        return hmac.digest(purpose.encode(), message, "sha256")
