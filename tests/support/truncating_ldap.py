"""A small LDAP double: any product's entries, refusals and endings, also those of which no server can be had here.

It takes any bind but those that it is to refuse, evaluates filters, answers one page, and hands out `member` in ranges
of 1,500 as Active Directory does (MS-ADTS 3.1.1.3.1.3.3); after `stops_after` of them it forgets the rest.
"""

import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

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
        ending: int = 0,
        *,
        silent: bool = False,
    ) -> None:
        """`ending` is the result code of each search; a `silent` one answers nothing but binds."""
        self._entries = list(entries)
        self._ending = ending
        self._silent = silent
        self.binds: list[str] = []
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
            name = str(message["protocolOp"]["bindRequest"]["name"])
            self.binds.append(name)
            refused = self._refusals.get(name, (0, ""))
            yield _message(number, "bindResponse", _result(rfc2251.BindResponse(), *refused))
        elif operation == "searchRequest" and not self._silent:
            request = message["protocolOp"]["searchRequest"]
            base, asked = str(request["baseObject"]), [str(name) for name in request["attributes"]]
            is_base = int(request["scope"]) == 0
            for dn, values in self._entries:
                if dn == base if is_base else _matches(request["filter"], values):
                    yield self._entry(number, dn, values, asked)
            done = _result(rfc2251.SearchResultDone(), 0 if is_base else self._ending)
            yield _message(number, "searchResDone", done, paged=not is_base)

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


def _matches(asked, values: Mapping[str, Sequence[bytes]]) -> bool:
    """A filter (RFC 4511 §4.5.1.7). What has members is a group, and everything else is whatever is asked for."""
    kind = asked.getName()
    if kind == "not":
        return not _matches(
            asked["not"].getComponent() if asked["not"].getName() == "filter" else asked["not"], values
        )
    if kind in {"and", "or"}:
        return (all if kind == "and" else any)(_matches(one, values) for one in asked[kind])
    if kind == "present":
        return True
    name, value = str(asked[kind]["attributeDesc"]), bytes(asked[kind]["assertionValue"])
    if name.lower() in {"objectclass", "objectcategory"}:
        return (value == b"group") is ("member" in values)
    return value in values.get(name, ())


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
    entries: Sequence[Entry], stops_after: int | None = None, **how: Any
) -> Iterator[TruncatingLdap]:
    """One that runs while the block does."""
    made = TruncatingLdap(entries, stops_after, **how)
    try:
        yield made
    finally:
        made.close()
