"""The outbox's notices by e-mail: read who it concerns, find the words, hand them to the server."""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.handles import AccountId
from idp.domain.notices import Notice
from idp.domain.outbox import Delivery, Hopeless
from idp.domain.ports import Database
from idp.mail.smtp import Mail, Mailer, Undeliverable
from idp.mail.words import DEFAULT_LANGUAGE, Sender, Translate, words_of


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """The handler of the topic `notice.mail`. Without a mailer nothing is sent: no server is configured."""

    database: Database
    mailer: Mailer | None
    sender: Sender
    translate: Translate

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Tell one person by mail; raises Unavailable to be tried again."""
        if self.mailer is None:
            return None
        found = self._whom(AccountId(delivery.payload["account"]))
        if found is None:
            return None
        login, address, language = found
        at = datetime.fromisoformat(delivery.payload["at"])
        words = words_of(Notice(delivery.payload["notice"]), login, at, language, self.sender, self.translate)
        try:
            self.mailer.send(Mail(address, words.subject, words.text, str(delivery.id), now))
        except Undeliverable as error:
            return Hopeless(str(error))
        return None

    def _whom(self, account_id: AccountId) -> tuple[str, str, str] | None:
        """Return login, address and language; None for an account that is gone or has no address."""
        with self.database.read() as uow:
            account = uow.accounts.get(account_id)
            if account is None:
                return None
            person = uow.people.get(account.person_id)
            address = uow.people.primary_address(account.person_id)
        language = (person.language if person else None) or DEFAULT_LANGUAGE
        return (account.login, address, language[:2].lower()) if address else None
