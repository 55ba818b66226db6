"""The decoders under noise: whatever comes in, they answer with a value or their own refusal, soon and small."""

import base64
import contextlib
import subprocess
import sys
import textwrap
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from lxml import html

from idp.saml.bindings import read_post, read_redirect, read_soap
from idp.saml.documents import UnreadableDocument, parse_message, parse_metadata
from idp.saml.logout_messages import read_logout_request, read_logout_response
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.requests import read_authn_request
from idp.saml.sign_message import SignMessage
from idp.saml.signatures import BadSignature, is_signed, verify

ROOT = Path(__file__).parents[2]
SEED = (
    b'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
    b' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-11-26T08:00:00Z">'
    b"<saml:Issuer>x</saml:Issuer><samlp:Extensions>"
    b'<c:SignMessage xmlns:c="http://id.elegnamnden.se/csig/1.1/dss-ext/ns" MimeType="text/html" MustShow="true">'
    b"<c:Message>PHA+YTwvcD4=</c:Message></c:SignMessage>"
    b'<p:PrincipalSelection xmlns:p="http://id.swedenconnect.se/authn/1.0/principal-selection/ns">'
    b'<p:MatchValue Name="urn:oid:0.9.2342.19200300.100.1.1">anna</p:MatchValue></p:PrincipalSelection>'
    b'</samlp:Extensions><samlp:Scoping ProxyCount="1"><samlp:RequesterID>x</samlp:RequesterID></samlp:Scoping>'
    b"</samlp:AuthnRequest>"
)
mutated = some.lists(
    some.tuples(some.integers(0, len(SEED) - 1), some.binary(min_size=0, max_size=4)), max_size=8
)


def bent(changes) -> bytes:
    document = bytearray(SEED)
    for at, octets in changes:
        document[at : at + len(octets)] = octets
    return bytes(document)


def read(document: bytes) -> None:
    try:
        root = parse_message(document)
        if is_signed(root):
            verify(root, [])
        for reader in (read_authn_request, read_logout_request, read_logout_response):
            with contextlib.suppress(UnreadableDocument):
                reader(document)
    except (UnreadableDocument, BadSignature):
        pass
    with contextlib.suppress(UnusableMetadata):
        read_service(document)


@given(some.binary(max_size=400))
def test_M4_noise_is_refused(octets):
    read(octets)
    for act in (parse_metadata, read_soap):
        with contextlib.suppress(UnreadableDocument):
            act(octets)


@given(mutated)
def test_M4_a_bent_request_is_read_or_refused(changes):
    read(bent(changes))


@given(some.text(max_size=200), some.sampled_from(["text", "text/html", "text/markdown"]))
def test_F69_any_sign_message_is_shown_without_anything_that_runs(text, kind):
    shown = str(SignMessage(text.encode("utf-8", "replace"), kind).markup()).lower()
    root = html.fragment_fromstring(shown, create_parent="div")
    assert all(not element.attrib for element in root.iter())
    assert not {element.tag for element in root.iter()} & {
        "script",
        "style",
        "a",
        "img",
        "svg",
        "iframe",
        "form",
    }


@given(some.text(max_size=300))
def test_M12_any_query_is_read_or_refused(query):
    with contextlib.suppress(UnreadableDocument):
        read_redirect(query)


@given(
    some.dictionaries(
        some.sampled_from(["SAMLRequest", "SAMLResponse", "RelayState"]), some.text(max_size=200)
    )
)
def test_M4_any_form_is_read_or_refused(fields):
    with contextlib.suppress(UnreadableDocument):
        read_post(fields).parsed()


def test_M4_a_bomb_takes_little_memory():
    packer = zlib.compressobj(9, wbits=-15)
    bomb = base64.b64encode(packer.compress(b" " * 20_000_000) + packer.flush()).decode()
    tracemalloc.start()
    with pytest.raises(UnreadableDocument):
        read_redirect("SAMLRequest=" + bomb.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_M4_coverage_guided_noise_finds_no_crash(tmp_path):
    """A bounded run of atheris over the same decoders, in a process of its own."""
    program = tmp_path / "fuzz.py"
    program.write_text(
        textwrap.dedent(
            """
            import sys
            import atheris
            with atheris.instrument_imports(include=["idp.saml"]):
                from tests.saml import test_decoders
            def one(octets):
                test_decoders.read(octets)
                try:
                    test_decoders.read_redirect(octets.decode("latin-1"))
                except test_decoders.UnreadableDocument:
                    pass
            atheris.Setup(sys.argv, one)
            atheris.Fuzz()
            """
        )
    )
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(SEED)
    done = subprocess.run(
        [sys.executable, str(program), "-runs=3000", "-max_total_time=20", "-seed=1", str(corpus)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
