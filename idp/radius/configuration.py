"""The table `[applications.NAME.radius]` of a configuration file, and its way into and out of the store.

    [applications.vpn.radius]
    networks = ["192.0.2.10/32"]
    shared_secret = { env = "VPN_SECRET" }
    replies = [{ attribute = "Class", value = "OU=staff;", group = "staff" }]

Implements `configuration.ports.ApplicationExtension`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.radius.credentials import Form
from idp.radius.dictionary import ATTRIBUTES, encode
from idp.radius.nas import (
    DISCONNECT_PORT,
    LEAST_SECRET,
    PROTOCOL,
    RADSEC_PORT,
    Nas,
    NasSettings,
    ReplyRule,
    Signing,
    clash,
)
from idp.radius.replies import PLACES
from idp.radius.store.access_servers import read_all, read_one, write_secrets, write_settings
from idp.radius.texts import TEXTS

_DEFAULT = NasSettings()
_LEAST_VARIETY = 8
_LARGEST_PORT = 65535
_MOST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class NasConfiguration:
    """One NAS as a file describes it; `key` names its table in problems found later."""

    settings: NasSettings
    secret: str | None = field(default=None, repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    key: str = field(default="", compare=False)


class NasExtension:
    """RADIUS's part of an application."""

    protocol = PROTOCOL

    def parse(self, table: Mapping[str, object], key: str) -> NasConfiguration:
        """Return the checked NAS; raises ConfigurationError with a line for each wrong key."""
        problems = Problems()
        reader = TableReader(table, key, problems)
        settings = _settings(reader)
        secret, previous = _secret(reader, "shared_secret"), _secret(reader, "previous_shared_secret")
        if previous and not secret:
            problems.add(reader.path("previous_shared_secret"), "expected shared_secret beside it")
        reader.finish()
        problems.raise_any()
        return NasConfiguration(settings, secret, previous, key)

    def read(self, uow: UnitOfWork, application_id: ApplicationId) -> NasConfiguration | None:
        """Return what is stored, without secrets."""
        nas = read_one(uow, application_id)
        return None if nas is None else NasConfiguration(nas.settings)

    def write(self, uow: UnitOfWork, application_id: ApplicationId, value: object) -> None:
        """Store a NAS; a secret that is not given stays as it is."""
        if not isinstance(value, NasConfiguration):
            raise TypeError("only what parse() returned can be written")
        others = [nas for nas in read_all(uow) if nas.application_id != application_id]
        _check_beside(value, others)
        write_settings(uow, application_id, value.settings)
        if value.secret is not None:
            if any(value.secret.encode() in nas.secrets for nas in others):
                raise ConfigurationError(f"{value.key}.shared_secret: another NAS has the same one")
            write_secrets(uow, application_id, value.secret, value.previous_secret)
        stored = read_one(uow, application_id)
        if value.settings.networks and (stored is None or not stored.secrets):
            raise ConfigurationError(
                f'{value.key}.shared_secret: is missing; expected {{ env = "NAME" }} or {{ file = "PATH" }}'
            )

    def dump(self, value: object) -> dict[str, object]:
        """Return the table that `parse` reads as the same NAS: what is the default is left out."""
        if not isinstance(value, NasConfiguration):
            raise TypeError("only a NAS's configuration can be dumped")
        table, defaults = _dumped(value.settings), _dumped(_DEFAULT)
        return {name: one for name, one in table.items() if defaults[name] != one}


def _settings(reader: TableReader) -> NasSettings:
    networks = reader.networks("networks")
    certificate = reader.text("certificate_name", "").lower()
    if not networks and not certificate:
        reader.problems.add(
            reader.path("networks"), "is missing; expected where its packets come from, or certificate_name"
        )
    settings = NasSettings(
        networks=tuple(sorted(networks, key=str)),
        nas_identifier=reader.text("nas_identifier", ""),
        form=reader.choice("form", _DEFAULT.form, {one.value: one for one in Form}),
        code_digits=reader.number("code_digits", _DEFAULT.code_digits, least=6, most=_MOST_DIGITS),
        message_authenticator=reader.choice(
            "message_authenticator", _DEFAULT.message_authenticator, {one.value: one for one in Signing}
        ),
        language=reader.choice("language", _DEFAULT.language, {"sv": "sv", "en": "en"}),
        disconnect_port=reader.number(
            "disconnect_port", RADSEC_PORT if certificate else DISCONNECT_PORT, least=0, most=_LARGEST_PORT
        ),
        certificate_name=certificate,
        replies=_replies(reader),
        texts=_texts(reader.inner("texts")),
    )
    if settings.message_authenticator is Signing.UNABLE and not settings.exact:
        reader.problems.add(
            reader.path("networks"),
            "expected one exact address for a NAS that sends no Message-Authenticator",
        )
    return settings


def _replies(reader: TableReader) -> tuple[ReplyRule, ...]:
    value = reader.raw("replies")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        reader.wrong("replies", 'a list such as [{ attribute = "Filter-Id", value = "staff" }]')
        return ()
    rules = []
    for number, one in enumerate(value):
        inner = TableReader(one, f"{reader.path('replies')}[{number}]", reader.problems)
        rule = ReplyRule(inner.text("attribute"), inner.text("value"), inner.text("group", ""))
        inner.finish()
        _check_rule(inner, rule)
        rules.append(rule)
    return tuple(rules)


def _check_rule(inner: TableReader, rule: ReplyRule) -> None:
    if rule.attribute not in ATTRIBUTES:
        if rule.attribute:
            inner.wrong("attribute", f"one of {', '.join(ATTRIBUTES)}")
        return
    if any("{" + place + "}" in rule.value for place in PLACES):
        return  # only known when somebody's value stands there
    try:
        encode(rule.attribute, rule.value)
    except ValueError as error:
        inner.wrong("value", str(error))


def _texts(reader: TableReader) -> dict[str, str]:
    texts = {name: reader.text(name) for name in reader.table if name in TEXTS}
    reader.finish()
    return texts


def _secret(reader: TableReader, name: str) -> str | None:
    """Return a secret; its value is never part of a problem's text."""
    value = reader.raw(name)
    if value is None:
        return None
    good = isinstance(value, str) and len(value) >= LEAST_SECRET and value.isascii() and value.isprintable()
    if not good or len(set(str(value))) < _LEAST_VARIETY:
        # R7; eight characters fall to a hobby computer within a day.
        reader.problems.add(
            reader.path(name), f"expected at least {LEAST_SECRET} random characters (openssl rand -hex 24)"
        )
        return None
    return str(value)


def _check_beside(value: NasConfiguration, others: Sequence[Nas]) -> None:
    for nas in others:
        alike = clash(value.settings, nas.settings)
        if alike == "networks":
            same = min(str(one) for one in set(nas.settings.networks) & set(value.settings.networks))
            raise ConfigurationError(
                f"{value.key}.networks: another NAS has {same} already; give each a nas_identifier"
            )
        if alike:
            raise ConfigurationError(f"{value.key}.{alike}: another NAS has it already")


def _dumped(settings: NasSettings) -> dict[str, object]:
    replies: list[dict[str, str]] = [
        {"attribute": rule.attribute, "value": rule.value} | ({"group": rule.group} if rule.group else {})
        for rule in settings.replies
    ]
    return {
        "networks": [str(network) for network in settings.networks],
        "nas_identifier": settings.nas_identifier,
        "form": settings.form.value,
        "code_digits": settings.code_digits,
        "message_authenticator": settings.message_authenticator.value,
        "language": settings.language,
        "disconnect_port": settings.disconnect_port,
        "certificate_name": settings.certificate_name,
        "replies": replies,
        "texts": dict(settings.texts),
    }
