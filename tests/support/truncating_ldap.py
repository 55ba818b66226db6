"""A small LDAP double that truncates long lists of members as Active Directory does (MS-ADTS 3.1.1.3.1.3.3).

It takes any bind but those that it is to refuse, in the words of whichever product; answers one page, and hands out
`member` in ranges of 1,500. After `stops_after` it forgets the rest.
"""

import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyasn1.codec.ber import decoder, encoder
from pyasn1_modules import rfc2251

RANGE = 1500
_PAGES = "1.2.840.113556.1.4.319"
Entry = tuple[str, Mapping[str, Sequence[bytes]]]


class TruncatingLdap:
    """`entries` by DN; those with `member` are groups. `refusals` by DN: result code and message (RFC 4511 §4.1.9)."""

    def __init__(
        self,
        entries: Sequence[Entry],
        stops_after: int | None = None,
        refusals: Mapping[str, tuple[int, str]] | None = None,
    ) -> None:
        self._entries = list(entries)
        self._refusals = refusals or {}
        self._stops_after = stops_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        data = b""
        with client:
            while True:
                try:
                    message, data = decoder.decode(data, asn1Spec=rfc2251.LDAPMessage())
                except Exception:  # noqa: BLE001  not whole yet: more has to come
                    more = client.recv(65536)
                    if not more:
                        return
                    data += more
                    continue
                client.sendall(b"".join(self._answers(message)))

    def _answers(self, message) -> Iterator[bytes]:
        number, operation = int(message["messageID"]), message["protocolOp"].getName()
        if operation == "bindRequest":
            refused = self._refusals.get(str(message["protocolOp"]["bindRequest"]["name"]), (0, ""))
            yield _message(number, "bindResponse", _result(rfc2251.BindResponse(), *refused))
        elif operation == "searchRequest":
            request = message["protocolOp"]["searchRequest"]
            base, asked = str(request["baseObject"]), [str(name) for name in request["attributes"]]
            is_base = int(request["scope"]) == 0
            groups = b"group" in encoder.encode(request["filter"])
            for dn, values in self._entries:
                if dn == base if is_base else ("member" in values) is groups:
                    yield self._entry(number, dn, values, asked)
            yield _message(number, "searchResDone", _result(rfc2251.SearchResultDone()), paged=not is_base)

    def _entry(self, number: int, dn: str, values: Mapping[str, Sequence[bytes]], asked: list[str]) -> bytes:
        shown = {name: list(one) for name, one in values.items() if name != "member"}
        members = list(values.get("member", ()))
        first = next((int(m[1]) for name in asked if (m := re.match(r"member;range=(\d+)-", name))), 0)
        if len(members) <= RANGE:
            shown["member"] = members
        else:
            part, done = members[first : first + RANGE], first + RANGE >= len(members)
            shown["member"] = []
            if self._stops_after is None or first // RANGE < self._stops_after:
                shown[f"member;range={first}-{'*' if done else first + len(part) - 1}"] = part
        entry = rfc2251.SearchResultEntry()
        entry["objectName"] = dn
        for place, (name, found) in enumerate(shown.items()):
            one = entry["attributes"][place]
            one["type"] = name
            one["vals"].extend(found) if found else one["vals"].clear()
        return _message(number, "searchResEntry", entry)


def _result(made, code: int = 0, text: str = ""):
    made["resultCode"], made["matchedDN"], made["errorMessage"] = code, "", text
    return made


def _message(number: int, name: str, operation, *, paged: bool = False) -> bytes:
    message = rfc2251.LDAPMessage()
    message["messageID"] = number
    message["protocolOp"][name] = operation
    if paged:
        control = message["controls"][0]
        control["controlType"], control["criticality"] = _PAGES, False
        control["controlValue"] = bytes.fromhex("30050201000400")  # no estimate, and no cookie: the last page
    return encoder.encode(message)


@contextmanager
def truncating(
    entries: Sequence[Entry],
    stops_after: int | None = None,
    refusals: Mapping[str, tuple[int, str]] | None = None,
) -> Iterator[TruncatingLdap]:
    """One that runs while the block does."""
    made = TruncatingLdap(entries, stops_after, refusals)
    try:
        yield made
    finally:
        made.close()
