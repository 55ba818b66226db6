"""The outbox's call-back codes: read the code, send it the way its destination says, and note that it left.

A code that was replaced, spent or is too old by now is not sent. After a crash between sending and noting it is sent
once more: the same code.
"""

from dataclasses import dataclass
from datetime import datetime

import mfa
from idp.domain.handles import AccountId
from idp.domain.outbox import Delivery, Hopeless
from idp.domain.ports import Database
from idp.mail.gateway import Refused, TextGateway
from idp.mail.smtp import Mail, Mailer, Undeliverable
from idp.mail.words import CODE, CODE_SUBJECT, DEFAULT_LANGUAGE, SPOKEN_CODE, Translate


@dataclass(frozen=True, slots=True)
class CallBack:
    """The handler of the topic `call-back`. `host` is the issuer's, for browsers that fill codes in."""

    database: Database
    gateway: TextGateway | None
    mailer: Mailer | None
    organisation: str
    host: str
    translate: Translate

    def __call__(self, delivery: Delivery, now: datetime) -> Hopeless | None:
        """Send one code; raises Unavailable to be tried again while the code lives."""
        call_id = delivery.payload["call"]
        with self.database.read() as uow:
            wanted = mfa.call_to_send(uow.factors, call_id, now)
        if wanted is None:
            return None
        try:
            self._send(wanted, delivery, now)
        except (Refused, Undeliverable) as error:
            return Hopeless(str(error))
        with self.database.write() as uow:
            mfa.call_sent(uow.factors, call_id, now)
        return None

    def _send(self, wanted: mfa.ToSend, delivery: Delivery, now: datetime) -> None:
        language = self._language(AccountId(wanted.subject))

        def said(msgid: str, code: str) -> str:
            return self.translate(language, msgid).format(organisation=self.organisation, code=code)

        text = said(CODE, wanted.code)
        match wanted.channel:
            case mfa.Channel.EMAIL:
                if self.mailer is None:
                    raise Refused("no mail server is configured")
                subject = self.translate(language, CODE_SUBJECT)
                self.mailer.send(Mail(wanted.address, subject, text + "\n", f"call-{delivery.id}", now))
            case _ if self.gateway is None:
                raise Refused("no gateway for text messages is configured")
            case mfa.Channel.VOICE_CALL:
                self.gateway.send(wanted.address, said(SPOKEN_CODE, ", ".join(wanted.code)), voice=True)
            case mfa.Channel.TEXT_MESSAGE:
                # The last line binds the code to its site, for browsers that fill it in (origin-bound codes).
                self.gateway.send(wanted.address, f"{text}\n@{self.host} #{wanted.code}", voice=False)

    def _language(self, account_id: AccountId) -> str:
        with self.database.read() as uow:
            account = uow.accounts.get(account_id)
            person = uow.people.get(account.person_id) if account else None
        return (person.language if person else None) or DEFAULT_LANGUAGE
