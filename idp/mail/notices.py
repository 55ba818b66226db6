"""The outbox's notices: read who it concerns, find the words, hand them to the mail server or the gateway.

A notice goes to the person's mail (`NoticeMail`) and to every place that is approved for codes (`NoticeToPlace`).
After a crash between sending and noting it is sent once more.
"""

from dataclasses import dataclass
from datetime import datetime

import mfa
from idp.domain.handles import AccountId
from idp.domain.notices import Notice
from idp.domain.outbox import Delivery, Hopeless
from idp.domain.ports import Database
from idp.mail.gateway import Refused, TextGateway
from idp.mail.smtp import Mail, Mailer, Undeliverable
from idp.mail.words import DEFAULT_LANGUAGE, Sender, Translate, short_words_of, words_of


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a notice; `address` is the mail address that everybody at work knows, None without one."""

    login: str
    address: str | None
    language: str


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """The handler of the topic `notice.mail`. Without a mailer nothing is sent: no server is configured."""

    database: Database
    mailer: Mailer | None
    sender: Sender
    translate: Translate

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one person by mail; raises Unavailable to be tried again."""
        reader = reader_of(self.database, AccountId(delivery.payload["account"]))
        if reader is None or reader.address is None:
            return None
        return self.mail(reader, reader.address, delivery, now)

    def mail(self, reader: Reader, address: str, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell the person at one address."""
        if self.mailer is None:
            return None
        notice, at = _what(delivery)
        words = words_of(notice, reader.login, at, reader.language, self.sender, self.translate)
        try:
            self.mailer.send(Mail(address, words.subject, words.text, str(delivery.id), now))
        except Undeliverable as error:
            return Hopeless(str(error))
        return None


@dataclass(frozen=True, slots=True)
class NoticeToPlace:
    """The handler of the topic `notice.place`: a text message, a call, or mail to another address than the usual."""

    by_mail: NoticeMail
    gateway: TextGateway | None

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one person at one place; raises Unavailable to be tried again."""
        database = self.by_mail.database
        with database.read() as uow:
            place = mfa.destination_to_tell(uow.factors, delivery.payload["place"])
        reader = reader_of(database, AccountId(delivery.payload["account"]))
        if place is None or reader is None:
            return None
        outcome = self._tell(place, reader, delivery, now)
        if "last" in delivery.payload:
            with database.write() as uow:
                mfa.destination_told(uow.factors, place.id)
        return outcome

    def _tell(
        self, place: mfa.Destination, reader: Reader, delivery: Delivery, now: datetime
    ) -> Hopeless | None:
        if place.channel is mfa.Channel.EMAIL:
            usual = reader.address is not None and reader.address.lower() == place.address.lower()
            return None if usual else self.by_mail.mail(reader, place.address, delivery, now)
        if self.gateway is None:
            return None
        notice, at = _what(delivery)
        by_mail = self.by_mail
        text = short_words_of(notice, reader.login, at, reader.language, by_mail.sender, by_mail.translate)
        try:
            self.gateway.send(place.address, text, voice=place.channel is mfa.Channel.VOICE_CALL)
        except Refused as error:
            return Hopeless(str(error))
        return None


def reader_of(database: Database, account_id: AccountId) -> Reader | None:
    """Return who has the account; None for one that is gone."""
    with database.read() as uow:
        account = uow.accounts.get(account_id)
        if account is None:
            return None
        person = uow.people.get(account.person_id)
        address = uow.people.primary_address(account.person_id)
    language = (person.language if person else None) or DEFAULT_LANGUAGE
    return Reader(account.login, address, language[:2].lower())


def _what(delivery: Delivery) -> tuple[Notice, datetime]:
    return Notice(delivery.payload["notice"]), datetime.fromisoformat(delivery.payload["at"])
