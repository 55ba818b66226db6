"""From settings to what carries messages to people: the outbox's handlers. Composition like `app.py`."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from idp.domain.call_back import CALL_TOPIC
from idp.domain.notices import MAIL_TOPIC, PLACE_TOPIC
from idp.domain.outbox import Handler
from idp.domain.ports import Database
from idp.domain.warnings import WARNING_TOPIC
from idp.mail.call_back import CallBack
from idp.mail.gateway import TextGateway
from idp.mail.notices import NoticeMail, NoticeToPlace
from idp.mail.smtp import Mailer
from idp.mail.warnings import WarningMail
from idp.mail.words import Sender, Translate
from idp.settings import Settings
from idp.web.languages import DEFAULT, LANGUAGES
from idp.web.outgoing import Destinations, Outgoing
from idp.web.rendering import Rendering


def handlers_of(settings: Settings, database: Database, rendering: Rendering) -> Mapping[str, Handler]:
    """Return who takes codes, notices that the ways into somebody's account have changed, and warnings."""
    translate = _translate_of(rendering)
    mailer = Mailer(settings.mail) if settings.mail is not None else None
    gateway = _gateway_of(settings)
    sender = Sender(settings.organisation, settings.contact, rendering.timezone)
    by_mail = NoticeMail(database, mailer, sender, translate)
    host = urlsplit(settings.issuer).hostname or ""
    return {
        CALL_TOPIC: CallBack(database, gateway, mailer, settings.organisation, host, translate),
        MAIL_TOPIC: by_mail,
        PLACE_TOPIC: NoticeToPlace(by_mail, gateway),
        WARNING_TOPIC: WarningMail(database, mailer, sender, translate, f"{settings.issuer}/administration"),
    }


def _translate_of(rendering: Rendering) -> Translate:
    def translate(language: str, msgid: str) -> str:
        return rendering.translate(language if language in LANGUAGES else DEFAULT, msgid)

    return translate


def _gateway_of(settings: Settings) -> TextGateway | None:
    """Return what sends text messages, through the gateway's own host alone."""
    gateway = settings.text_messages
    if gateway is None:
        return None
    hosts = frozenset(urlsplit(url).hostname or "" for url in (gateway.url, gateway.voice_url))
    return TextGateway(gateway, Outgoing(Destinations(hosts, settings.outgoing.allowed_networks)))
