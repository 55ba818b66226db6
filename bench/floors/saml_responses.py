"""SAML responses without HTTP, one way of three, for some seconds: `python -m` with SIDE KIND SECONDS.

`ours` writes and signs, `raw` signs the same document over and over, `stock` is pysaml2 with its own backend.
"""

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import xmlsec

from bench.floors.unsealed import Unsealed
from idp.domain.handles import new_id
from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.keys import make_key
from idp.saml.responses import Assertion, NameId, Response, Signature, write_response
from idp.saml.store.keys import Phase

_ISSUER, _SERVICE, _ADDRESS = (
    "https://id.example/saml/metadata",
    "https://sp.example/saml",
    "https://sp.example/acs",
)
_CONTEXT = "https://refeds.org/profile/mfa"
_VALUES = {
    "urn:oid:2.16.840.1.113730.3.1.241": ("Åsa Öberg",),
    "urn:oid:0.9.2342.19200300.100.1.3": ("asa@e.example",),
}


def main() -> None:
    """Measure, and print how often and the processor's milliseconds for each."""
    side, kind, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    stored = make_key("RSA" if kind == "rsa" else "EC", Phase.CURRENT, "bench", Unsealed(), datetime.now(UTC))
    pem = stored.sealed_private or b""
    key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)
    signature = Signature(key, stored.certificate, words.RSA_SHA256 if kind == "rsa" else words.ECDSA_SHA256)
    act = {"ours": _ours, "raw": _raw, "stock": _stock}[side](signature, pem)
    act()
    count, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        act()
        count += 1
    print(count / (time.perf_counter() - began), 1000 * (time.process_time() - spent) / count)


def _document(signature: Signature) -> bytes:
    now = datetime.now(UTC)
    assertion = Assertion(
        id=f"_{new_id()}",
        name_id=NameId("4f1c2d", words.PERSISTENT, _ISSUER, _SERVICE),
        context=_CONTEXT,
        authenticated_at=now,
        session_index=new_id(),
        session_ends=now + timedelta(hours=8),
        attributes=_VALUES,
    )
    response = Response(f"_{new_id()}", _ISSUER, _ADDRESS, _SERVICE, "_q", now, assertion=assertion)
    return write_response(response, signature)


def _ours(signature: Signature, _pem: bytes) -> Callable[[], object]:
    return lambda: _document(signature)


def _raw(signature: Signature, _pem: bytes) -> Callable[[], object]:
    root = parse_own(_document(signature))
    element = root.find(f"{{{words.DS}}}Signature")
    xmlsec.tree.add_ids(root, ["ID"])

    def again() -> None:
        for name in ("DigestValue", "SignatureValue"):
            for found in element.iter(f"{{{words.DS}}}{name}"):
                found.text = None
        context = xmlsec.SignatureContext()
        context.key = signature.key
        context.sign(element)

    return again


def _stock(signature: Signature, pem: bytes) -> Callable[[], object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from saml2 import saml  # noqa: PLC0415 - costs a second that only this side pays
        from saml2.config import IdPConfig  # noqa: PLC0415 - costs a second that only this side pays
        from saml2.server import Server  # noqa: PLC0415 - costs a second that only this side pays

    folder = Path(tempfile.mkdtemp())
    (folder / "key.pem").write_bytes(pem)
    body = "\n".join(signature.certificate[at : at + 64] for at in range(0, len(signature.certificate), 64))
    (folder / "certificate.pem").write_text(
        f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    )
    (folder / "sp.xml").write_text(
        f'<md:EntityDescriptor xmlns:md="{words.MD}" entityID="{_SERVICE}">'
        f'<md:SPSSODescriptor protocolSupportEnumeration="{words.SAMLP}">'
        f'<md:AssertionConsumerService index="0" Binding="{words.POST}" Location="{_ADDRESS}"/>'
        "</md:SPSSODescriptor></md:EntityDescriptor>"
    )
    idp = {
        "endpoints": {"single_sign_on_service": [("https://id.example/saml/sso", words.REDIRECT)]},
        "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": words.URI_NAME}},
    }
    server = Server(
        config=IdPConfig().load(
            {
                "entityid": _ISSUER,
                "xmlsec_binary": "/usr/bin/xmlsec1",
                "key_file": str(folder / "key.pem"),
                "cert_file": str(folder / "certificate.pem"),
                "metadata": {"local": [str(folder / "sp.xml")]},
                "service": {"idp": idp},
            }
        )
    )

    def act() -> object:
        return server.create_authn_response(
            {"displayName": ["Åsa Öberg"], "mail": ["asa@e.example"]},
            "_q",
            _ADDRESS,
            _SERVICE,
            name_id=saml.NameID(format=words.PERSISTENT, text="4f1c2d"),
            authn={"class_ref": _CONTEXT},
            sign_response=True,
            sign_assertion=False,
            sign_alg=signature.algorithm,
            digest_alg=words.SHA256,
        )

    return act


if __name__ == "__main__":
    main()
