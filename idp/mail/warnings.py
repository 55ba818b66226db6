"""Warnings by mail to those who answer for systems: what ends when, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.domain.handles import AccountId, ApplicationId
from idp.domain.outbox import Delivery, Hopeless
from idp.domain.ports import Database
from idp.domain.warnings import Kind
from idp.mail.notices import reader_of
from idp.mail.smtp import Mail, Mailer, Undeliverable
from idp.mail.words import Sender, Translate

SUBJECT = "{organisation}: a certificate ends on {day}"
TEXTS: Mapping[Kind, str] = {
    Kind.PARTNERS_CERTIFICATE: (
        "The certificate {name} of the system {system} ends on {day}.\n\n"
        "Ask whoever runs the system for its new metadata in good time, and take it in."
    ),
    Kind.OWN_KEY: (
        "Our own signing key {name} has a certificate that ends on {day}.\n\n"
        "Publish a new key in the administration, and change partner by partner once they have fetched it."
    ),
}


@dataclass(frozen=True, slots=True)
class WarningMail:
    """The handler of the topic `warning.mail`. Without a mailer nothing is sent: no server is configured."""

    database: Database
    mailer: Mailer | None
    sender: Sender
    translate: Translate
    administration: str

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one person; raises Unavailable to be tried again."""
        reader = reader_of(self.database, AccountId(delivery.payload["account"]))
        if self.mailer is None or reader is None or reader.address is None:
            return None
        kind, language = Kind(delivery.payload["kind"]), reader.language
        ends = datetime.fromisoformat(delivery.payload["ends_at"]).astimezone(self.sender.timezone)
        values = {
            "organisation": self.sender.organisation,
            "name": delivery.payload["name"],
            "system": self._system(delivery, language),
            "day": ends.strftime("%Y-%m-%d"),
        }
        text = self.translate(language, TEXTS[kind]).format(**values)
        subject = self.translate(language, SUBJECT).format(**values)
        body = f"{text}\n\n{self.administration}\n"
        try:
            self.mailer.send(Mail(reader.address, subject, body, str(delivery.id), now))
        except Undeliverable as error:
            return Hopeless(str(error))
        return None

    def _system(self, delivery: Delivery, language: str) -> str:
        with self.database.read() as uow:
            found = uow.catalogue.applications.get(ApplicationId(delivery.payload["application"]))
        return found.title_in(language) if found is not None else ""
