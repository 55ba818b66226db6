"""The decoder: whatever bytes come, a packet or a reason, never an exception (R1, F72)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.radius import dictionary
from idp.radius.credentials import Form, Typed, decoded, split
from idp.radius.integrity import hidden, reply_to, signature_of, unhidden
from idp.radius.packet import Code, Malformed, Packet, Type, assemble, decode, pieces

SECRET = b"0123456789abcdef"
values = st.binary(max_size=253)
attributes = st.lists(st.tuples(st.integers(1, 255), values), max_size=20)


@given(st.binary(max_size=5000))
def test_F72_any_bytes_are_a_packet_or_a_reason(data):
    assert isinstance(decode(data), Packet | Malformed)


@given(st.sampled_from(list(Code)), st.integers(0, 255), st.binary(min_size=16, max_size=16), attributes)
def test_what_is_assembled_is_decoded_as_it_was(code, identifier, authenticator, held):
    try:
        wire = assemble(code, identifier, authenticator, held)
    except ValueError:
        return
    packet = decode(wire)
    if isinstance(packet, Packet):
        assert (packet.code, packet.identifier, packet.attributes) == (code, identifier, tuple(held))
        assert packet.wire == wire


@given(attributes, st.integers(0, 4100), st.integers(0, 255))
def test_F72_a_byte_changed_anywhere_breaks_nothing(held, at, value):
    try:
        wire = bytearray(assemble(Code.ACCESS_REQUEST, 1, bytes(16), held))
    except ValueError:
        return
    wire[at % len(wire)] = value
    assert isinstance(decode(bytes(wire)), Packet | Malformed)


HEADER = bytes((1, 1, 0, 26)) + bytes(16)


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"", Malformed.TOO_SHORT),
        (bytes(19), Malformed.TOO_SHORT),
        (HEADER, Malformed.WRONG_LENGTH),  # says 26, has 20
        (bytes((1, 1, 0, 19)) + bytes(20), Malformed.WRONG_LENGTH),
        (bytes((1, 1, 16, 1)) + bytes(5000), Malformed.WRONG_LENGTH),  # 4097
        (bytes((99, 1, 0, 20)) + bytes(16), Malformed.UNKNOWN_CODE),
        (HEADER + b"\x01\x00abcd", Malformed.WRONG_ATTRIBUTE),
        (HEADER + b"\x01\x01abcd", Malformed.WRONG_ATTRIBUTE),
        (HEADER + b"\x01\xffabcd", Malformed.WRONG_ATTRIBUTE),
        (HEADER + b"\x01\x05abc\x01", Malformed.WRONG_ATTRIBUTE),  # a lone type at the end
        (HEADER + b"\x02\x06abcd", Malformed.WRONG_ATTRIBUTE),  # a password of four octets
        (HEADER + b"\x1a\x06abcd", Malformed.WRONG_ATTRIBUTE),  # a vendor and nothing of it
        (HEADER + b"\x01\x03a\x01\x03b", Malformed.REPEATED_ATTRIBUTE),
    ],
)
def test_F72_lies_about_lengths_are_seen(datagram, why):
    assert decode(datagram) is why


def test_padding_after_the_length_is_no_part_of_it():
    packet = decode(bytes((1, 7, 0, 20)) + bytes(16) + b"padding")
    assert isinstance(packet, Packet)
    assert len(packet.wire) == 20


@given(
    st.binary(min_size=1, max_size=128).filter(lambda one: not one.endswith(b"\0")),
    st.binary(min_size=16, max_size=16),
)
def test_a_hidden_password_is_found_again(password, authenticator):
    assert unhidden(hidden(password, authenticator, SECRET), authenticator, SECRET).rstrip(b"\0") == password


def test_the_example_of_the_specification():
    """RFC 2865 §7.1."""
    request = bytes.fromhex(
        "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003"
    )
    packet = decode(request)
    assert isinstance(packet, Packet)
    shown = unhidden(packet.first(Type.USER_PASSWORD), packet.authenticator, b"xyzzy5461")
    assert (packet.first(Type.USER_NAME), shown.rstrip(b"\0")) == (b"nemo", b"arctangent")


@given(st.lists(values, max_size=4))
def test_R2_a_reply_is_signed_first_and_brings_every_proxy_state_back(proxies):
    request = decode(
        assemble(Code.ACCESS_REQUEST, 9, os.urandom(16), [(Type.PROXY_STATE, one) for one in proxies])
    )
    assert isinstance(request, Packet)
    reply = decode(reply_to(request, Code.ACCESS_REJECT, [(Type.REPLY_MESSAGE, b"no")], SECRET))
    assert isinstance(reply, Packet)
    assert reply.attributes[0][0] == Type.MESSAGE_AUTHENTICATOR
    assert list(reply.every(Type.PROXY_STATE)) == proxies
    assert signature_of(reply, SECRET, request.authenticator).value == "right"
    assert signature_of(reply, SECRET + b"x", request.authenticator).value == "wrong"


@pytest.mark.parametrize(
    ("padded", "proved", "text"),
    [
        (b"secret" + bytes(10), False, "secret"),
        ("lösen".encode() + bytes(10), False, "lösen"),
        ("lösen".encode("latin-1") + bytes(11), False, "lösen"),
        (b"sixteen octets!!", False, "sixteen octets!!"),
        (bytes(16), False, ""),
        (b"secret" + bytes(26), False, None),  # more padding than a block
        (b"sec\0ret" + bytes(9), False, None),
        (b"sec\x01ret" + bytes(9), True, None),
        (b"\xa4\xa5\xb6" + bytes(13), False, None),
        (b"\xa4\xa5\xb6" + bytes(13), True, "¤¥¶"),
        (bytes(range(128, 144)), True, None),
    ],
)
def test_R6_a_password_is_decoded_strictly(padded, proved, text):
    assert decoded(padded, proved=proved) == text


def test_R6_bytes_of_a_wrong_secret_are_hardly_ever_a_text():
    taken = sum(decoded(os.urandom(16), proved=False) is not None for _ in range(20_000))
    assert taken < 40


@pytest.mark.parametrize(
    ("text", "form", "typed"),
    [
        ("secret123456", Form.APPENDED, Typed("secret", "123456")),
        ("secret20261234567", Form.APPENDED, Typed("secret20261", "234567")),
        ("secret", Form.APPENDED, Typed("secret", None)),
        ("secret12345", Form.APPENDED, Typed("secret12345", None)),
        (
            "secret１２３４５６",
            Form.APPENDED,
            Typed("secret１２３４５６", None),
        ),  # full-width digits are no code
        ("123456", Form.APPENDED, Typed("", "123456")),
        ("secret123456", Form.CHALLENGE, Typed("secret123456", None)),
        ("secret123456", Form.EITHER, Typed("secret", "123456")),
        ("123456", Form.CODE, Typed(None, "123456")),
        ("SCRV1:c2VjcmV0:MTIzNDU2", Form.CHALLENGE, Typed("secret", "123456")),
        ("SCRV1:c2VjcmV0:", Form.CHALLENGE, Typed("secret", None)),
        ("SCRV1:no base64:MTIz", Form.CHALLENGE, Typed("SCRV1:no base64:MTIz", None)),
    ],
)
def test_R6_splitting_is_unambiguous(text, form, typed):
    assert split(text, form, 6) == typed


@given(st.text(), st.from_regex(r"\A[0-9]{6}\Z"))
def test_R6_what_is_put_together_is_taken_apart(password, code):
    typed = split(password + code, Form.APPENDED, 6)
    assert (typed.password, typed.code) == (password, code) or password.startswith("SCRV1:")


@given(st.text(max_size=2000))
def test_texts_are_cut_between_characters(text):
    held = pieces(text)
    assert all(0 < len(piece) <= 253 for piece in held)
    assert "".join(piece.decode() for piece in held) == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("name", "value", "wire"),
    [
        ("Filter-Id", "staff", "0b"),
        ("Framed-IP-Address", "10.8.0.6", "08"),
        ("Session-Timeout", "3600", "1b"),
        ("ASA-Group-Policy", "staff", "1a00000c0419077374616666"),
        ("Fortinet-Group-Name", "vpn", "1a00003044010576706e"),
        ("PaloAlto-User-Group", "vpn", "1a00006375050576706e"),
        ("Citrix-User-Groups", "vpn", "1a00000042100576706e"),
        ("Mikrotik-Group", "vpn", "1a00003a8c030576706e"),
        ("Cisco-AVPair", "a=b", "1a0000000901056 13d62".replace(" ", "")),
        ("Framed-IPv6-Prefix", "2001:db8::/64", "61004020010db8"),
    ],
)
def test_attributes_and_vendors_own_are_written_as_their_clients_read_them(name, value, wire):
    kind, encoded = dictionary.encode(name, value)
    assert (bytes((kind,)) + encoded).hex().startswith(wire)


FUZZ = """
import sys, atheris
with atheris.instrument_imports(include=["idp.radius.packet", "idp.radius.credentials", "idp.radius.integrity"]):
    from idp.radius.packet import decode, Packet
    from idp.radius.credentials import decoded, split, Form
    from idp.radius.integrity import unhidden, hashed_request_is_right, signature_of
    from idp.radius.accounting import class_session
    from idp.radius.access import visitor_address, text_of

def one(data):
    packet = decode(data)
    if isinstance(packet, Packet):
        signature_of(packet, b"s" * 16); hashed_request_is_right(packet, b"s" * 16)
        visitor_address(packet); class_session(packet)
        for value in packet.every(2):
            text = decoded(unhidden(value, packet.authenticator, b"s" * 16), proved=True)
            if text is not None:
                for form in Form:
                    split(text, form, 6)
        for value in packet.every(1):
            text_of(value)

atheris.Setup(sys.argv, one)
atheris.Fuzz()
"""


def test_F72_a_fuzzer_finds_no_exception(tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    body = [
        (Type.USER_NAME, b"anna"),
        (Type.USER_PASSWORD, bytes(16)),
        (Type.CLASS, b"pv1:0"),
        (80, bytes(16)),
    ]
    (seeds / "request").write_bytes(assemble(Code.ACCESS_REQUEST, 1, bytes(16), body))
    script = tmp_path / "fuzz.py"
    script.write_text(FUZZ)
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, str(script), "-runs=10000", "-max_total_time=15", "-max_len=4200", str(seeds)],
        cwd=tmp_path, env={"PYTHONPATH": root, "PATH": "/usr/bin"}, capture_output=True, text=True,
        check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
