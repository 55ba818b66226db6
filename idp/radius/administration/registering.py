"""What is said of a NAS as a form and back; what is wrong is said field by field, in words that follow "expected".

Rules and texts are lines: `ATTRIBUTE = VALUE`, with `[GROUP]` behind it for members of one group only; `NAME = WORDS`.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_network

from idp.radius.credentials import Form
from idp.radius.dictionary import ATTRIBUTES, encode
from idp.radius.nas import IpNetwork, NasSettings, ReplyRule, Signing
from idp.radius.replies import PLACES
from idp.radius.texts import TEXTS
from idp.web.forms import Form as Sent
from idp.web.marking import mark
from idp.web.typed import Typed, Wrong

LANGUAGES = ("sv", "en")
LENGTHS = (6, 8)
_LONGEST, _LONGEST_VALUE = 8000, 200
_LARGEST_PORT = 65535
_RULE = re.compile(r"([A-Za-z0-9-]+)\s*=\s*(.*?)\s*(?:\[([^\[\]]+)\])?")
_A_NETWORK = mark("an address or a network such as 192.0.2.10/32")
_A_PLACE = mark("where its packets come from, or the name in its certificate")
_EXACT = mark("one exact address, for a server that cannot sign")
_A_PORT = mark("a port, or 0 for none")
_A_CHOICE = mark("one of what is listed")
_A_RULE = mark("ATTRIBUTE = VALUE, with [GROUP] behind it for one group only")
_AN_ATTRIBUTE = mark("an attribute that is known")
_A_VALUE = mark("a value of the attribute's kind")
_A_TEXT = mark("NAME = WORDS, with a name that is listed")


def typed_of(settings: NasSettings) -> Mapping[str, str]:
    """Return settings as the form's fields hold them."""
    return {
        "networks": "\n".join(str(network) for network in settings.networks),
        "nas_identifier": settings.nas_identifier,
        "certificate_name": settings.certificate_name,
        "form": settings.form.value,
        "code_digits": str(settings.code_digits),
        "unable": "yes" if settings.message_authenticator is Signing.UNABLE else "",
        "language": settings.language,
        "disconnect_port": str(settings.disconnect_port),
        "replies": "\n".join(_line(rule) for rule in settings.replies),
        "texts": "\n".join(f"{name} = {words}" for name, words in settings.texts.items()),
    }


def typed(form: Sent) -> Typed[NasSettings]:
    """Return what a form says."""
    fields = {name: form.text(name, _LONGEST) for name in typed_of(NasSettings())}
    wrong: list[Wrong] = []
    settings = NasSettings(
        networks=_networks(fields["networks"], wrong),
        nas_identifier=fields["nas_identifier"].strip()[:_LONGEST_VALUE],
        certificate_name=fields["certificate_name"].strip().lower()[:_LONGEST_VALUE],
        form=Form(_chosen(fields, "form", [one.value for one in Form], wrong)),
        code_digits=int(_chosen(fields, "code_digits", [str(one) for one in LENGTHS], wrong)),
        message_authenticator=Signing.UNABLE if fields["unable"] == "yes" else Signing.REQUIRED,
        language=_chosen(fields, "language", LANGUAGES, wrong),
        disconnect_port=_port(fields["disconnect_port"].strip(), wrong),
        replies=_rules(fields["replies"], wrong),
        texts=_texts(fields["texts"], wrong),
    )
    if not settings.networks and not settings.certificate_name and not wrong:
        wrong.append(Wrong("networks", _A_PLACE))
    elif settings.message_authenticator is Signing.UNABLE and not settings.exact:
        wrong.append(Wrong("networks", _EXACT))
    return Typed(fields, None if wrong else settings, tuple(wrong))


def _line(rule: ReplyRule) -> str:
    return f"{rule.attribute} = {rule.value}" + (f" [{rule.group}]" if rule.group else "")


def _lines(text: str) -> list[str]:
    return [line for line in (one.strip() for one in text.splitlines()) if line]


def _chosen(
    fields: Mapping[str, str], name: str, allowed: list[str] | tuple[str, ...], wrong: list[Wrong]
) -> str:
    if fields[name] in allowed:
        return fields[name]
    wrong.append(Wrong(name, _A_CHOICE, fields[name][:_LONGEST_VALUE]))
    return allowed[0]


def _networks(text: str, wrong: list[Wrong]) -> tuple[IpNetwork, ...]:
    found: set[IpNetwork] = set()
    for line in _lines(text):
        try:
            found.add(ip_network(line))
        except ValueError:
            wrong.append(Wrong("networks", _A_NETWORK, line[:_LONGEST_VALUE]))
    return tuple(sorted(found, key=str))


def _port(text: str, wrong: list[Wrong]) -> int:
    if text.isascii() and text.isdigit() and int(text[:6]) <= _LARGEST_PORT:
        return int(text[:6])
    wrong.append(Wrong("disconnect_port", _A_PORT, text[:_LONGEST_VALUE]))
    return 0


def _rules(text: str, wrong: list[Wrong]) -> tuple[ReplyRule, ...]:
    rules = []
    for line in _lines(text):
        found = _RULE.fullmatch(line)
        if found is None:
            wrong.append(Wrong("replies", _A_RULE, line[:_LONGEST_VALUE]))
            continue
        rule = ReplyRule(found[1], found[2], (found[3] or "").strip())
        expected = _wrong_with(rule)
        if expected:
            wrong.append(Wrong("replies", expected, line[:_LONGEST_VALUE]))
        rules.append(rule)
    return tuple(rules)


def _wrong_with(rule: ReplyRule) -> str:
    if rule.attribute not in ATTRIBUTES:
        return _AN_ATTRIBUTE
    if any("{" + place + "}" in rule.value for place in PLACES):
        return ""  # only known when somebody's value stands there
    try:
        encode(rule.attribute, rule.value)
    except ValueError:
        return _A_VALUE
    return ""


def _texts(text: str, wrong: list[Wrong]) -> dict[str, str]:
    texts = {}
    for line in _lines(text):
        name, _, words = (part.strip() for part in line.partition("="))
        if name not in TEXTS or not words:
            wrong.append(Wrong("texts", _A_TEXT, line[:_LONGEST_VALUE]))
        texts[name] = words
    return texts
