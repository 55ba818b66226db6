"""People are told when the ways into their account change: by a real mail server, once, in their language."""

import ssl
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from idp.domain import accounts, call_back
from idp.domain.errors import Unavailable
from idp.domain.handles import AccountId
from idp.domain.notices import MAIL_TOPIC, PLACE_TOPIC, Notice
from idp.domain.outbox import Hopeless
from idp.domain.roles import Grant, Role, application_scope
from idp.domain.warnings import WARNING_TOPIC, Ahead, Kind, warn
from idp.mail.gateway import Form, Gateway, TextGateway
from idp.mail.notices import NoticeMail, NoticeToPlace
from idp.mail.smtp import Encryption, Mail, Mailer, MailServer, Undeliverable
from idp.mail.warnings import WarningMail
from idp.mail.words import WHAT, Sender
from idp.storage.tables import addresses, outbox, persons
from idp.web.languages import translations
from idp.web.outgoing import Destinations, Outgoing
from mfa import Channel, approved_destinations, destination_to_tell
from tests.oidc.receiver import receiving
from tests.support.place import START
from tests.support.postfix import DOMAIN, Postfix

SENDER = Sender("Sundby kommun", "0123-456 78", ZoneInfo("Europe/Stockholm"))


@pytest.fixture(scope="module")
def postfix():
    with Postfix([f"{name}@{DOMAIN}" for name in ("anna", "eva", "once", "kept")]) as server:
        yield server


@pytest.fixture
def mailer(postfix):
    trust = ssl.create_default_context(cafile=str(postfix.authority))
    server = MailServer("127.0.0.1", f"Portvakt <no-reply@{DOMAIN}>", postfix.port, Encryption.STARTTLS)
    return Mailer(server, trust)


def translate(language, msgid):
    return translations(language).gettext(msgid)


def resident(place, name, language=None):
    """Somebody with an address."""
    account = place.account(name)
    with place.database.write() as uow:
        uow.connection.execute(
            insert(addresses).values(
                address=f"{name}@{DOMAIN}",
                person_id=account.person_id,
                domain=DOMAIN,
                kind="primary",
                since=START,
            )
        )
        uow.connection.execute(
            update(persons).where(persons.c.id == account.person_id).values(language=language)
        )
    return account


def told(place, topic=MAIL_TOPIC):
    with place.database.read() as uow:
        rows = uow.connection.execute(outbox.select().where(outbox.c.topic == topic).order_by(outbox.c.id))
        return [row.payload for row in rows]


def deliver(place, handler, topic=MAIL_TOPIC):
    """Do what the dispatcher does with everything that is due."""
    now = place.now
    with place.database.write() as uow:
        taken = [
            delivery
            for _ in range(5)
            for delivery in uow.outbox.take([topic], [], 20, now + timedelta(minutes=1), now)
        ]
    outcomes = [handler(delivery, now) for delivery in taken]
    with place.database.write() as uow:
        for delivery in taken:
            uow.outbox.done(delivery, now)
    return outcomes


def issue_code(place, account):
    with place.database.write() as uow:
        return accounts.issue_temporary_code(uow, account.id, timedelta(hours=1), 1, place.occasion()).code


def test_a_code_that_is_issued_is_told_in_the_readers_language_and_never_shown(place, postfix, mailer):
    handler = NoticeMail(place.database, mailer, SENDER, translate)
    for name, language in (("anna", "sv"), ("eva", "en-GB")):
        code = issue_code(place, resident(place, name, language))
        assert code not in str(told(place))
        assert deliver(place, handler) == [None]
    swedish, english = postfix.received("anna")[-1], postfix.received("eva")[-1]
    subject = str(make_header(decode_header(swedish["Subject"])))
    assert subject == "Ditt konto hos Sundby kommun: en kod har lämnats ut till dig"
    text = english.get_payload(decode=True).decode()
    assert "2026-11-24 09:00: a code was issued for you." in text
    assert "0123-456 78" in text
    assert english["Auto-Submitted"] == "auto-generated"
    assert english["To"] == f"eva@{DOMAIN}"


NUMBER, AT_HOME = "+46701234567", f"eva@{DOMAIN}"


def test_every_channel_that_is_known_is_told_and_the_one_just_removed_too(place, postfix, mailer):
    account = resident(place, "anna", "en")
    with place.database.write() as uow:
        for channel, address in ((Channel.TEXT_MESSAGE, NUMBER), (Channel.EMAIL, AT_HOME)):
            call_back.approve(uow, account, channel, address, place.occasion())
    deliver(place, NoticeMail(place.database, mailer, SENDER, translate))
    assert told(place, PLACE_TOPIC) == []  # whose they are has not been shown yet
    place.later(days=1)
    before = len(postfix.received("eva", 0))
    with receiving() as receiver:
        by_mail = NoticeMail(place.database, mailer, SENDER, translate)
        posting = Outgoing(Destinations(networks=(ip_network("127.0.0.0/8"),)))
        gateway = TextGateway(Gateway(f"http://127.0.0.1:{receiver.port}/sms", form=Form.URLENCODED), posting)
        everywhere = NoticeToPlace(by_mail, gateway)
        with place.database.write() as uow:
            number, _ = approved_destinations(uow.factors, account.id)
            accounts.issue_activation_code(uow, account.id, timedelta(hours=1), place.occasion())
            call_back.remove(uow, account.id, number.id, place.occasion())
        assert deliver(place, everywhere, PLACE_TOPIC) == [None] * 4
    texts = receiver.received
    assert [text["to"] for text in texts] == [NUMBER, NUMBER]
    assert texts[0]["message"].startswith("Sundby kommun: a code was issued for you. Account anna")
    assert "a way to sign in was removed" in texts[1]["message"]
    assert len(postfix.received("eva", before + 2)) == before + 2
    with place.database.read() as uow:
        assert destination_to_tell(uow.factors, number.id) is None
        rows = uow.connection.exec_driver_sql("SELECT payload FROM outbox").all()
    assert NUMBER not in str(rows)


def test_a_repeated_try_has_the_same_message_id(place, postfix, mailer):
    for _ in range(2):
        mailer.send(Mail(f"once@{DOMAIN}", "x", "y", "17", START))
    assert len({message["Message-ID"] for message in postfix.received("once", 2)}) == 1


def test_an_address_that_the_server_does_not_know_is_given_up_at_once(place, mailer):
    account = resident(place, "nobody")
    issue_code(place, account)
    (outcome,) = deliver(place, NoticeMail(place.database, mailer, SENDER, translate))
    assert isinstance(outcome, Hopeless)
    assert "550" in outcome.reason


def test_a_message_that_is_too_large_is_given_up_and_one_for_later_is_tried_again(postfix, mailer):
    with pytest.raises(Undeliverable, match="552"):
        mailer.send(Mail(f"kept@{DOMAIN}", "x", "y" * 200_000, "18", START))
    away = Mailer(replace(mailer._server, port=1))
    with pytest.raises(Unavailable, match="takes no mail"):
        away.send(Mail(f"kept@{DOMAIN}", "x", "y", "19", START))


def test_nothing_is_handed_to_a_server_whose_certificate_is_not_trusted(postfix, mailer):
    stranger = Mailer(mailer._server)
    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        stranger.send(Mail(f"kept@{DOMAIN}", "x", "y", "20", START))
    assert not (postfix.folder / "mailboxes" / "kept").exists()


def test_E4_no_header_can_be_put_in(mailer):
    with pytest.raises(ValueError, match="linefeed"):
        mailer.send(Mail(f"kept@{DOMAIN}\nBcc: evil@example.com", "x", "y", "21", START))


def test_without_a_mail_server_or_an_address_nothing_is_sent_and_nothing_waits(place, mailer):
    account = place.account("wim")
    issue_code(place, account)
    assert deliver(place, NoticeMail(place.database, mailer, SENDER, translate)) == [None]
    issue_code(place, account)
    assert deliver(place, NoticeMail(place.database, None, SENDER, translate)) == [None]


def test_the_message_is_part_of_the_change(place):
    account = resident(place, "anna")

    def fail_afterwards():
        with place.database.write() as uow:
            accounts.issue_activation_code(uow, AccountId(account.id), timedelta(days=1), place.occasion())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_afterwards()
    assert told(place) == []


def test_every_kind_of_notice_has_words():
    assert set(WHAT) == set(Notice)


def test_who_answers_for_a_system_is_warned_of_a_certificates_end(place, postfix, mailer):
    eva, owner = resident(place, "eva", "sv"), resident(place, "anna", "en")
    resident(place, "once")
    library, other = place.application("library"), place.application("other")
    ends = START + timedelta(days=27, hours=15)
    with place.database.write() as uow:
        for account, grant in (
            (eva, Grant(Role.ADMINISTRATOR)),
            (owner, Grant(Role.SYSTEM_OWNER, application_scope(library))),
        ):
            assert uow.roles.add(account.id, grant, "a test", "test", START)
        theirs = Ahead(Kind.PARTNERS_CERTIFICATE, "0b37ddec", ends, library)
        assert warn(uow, theirs, place.occasion()) == 2
        assert warn(uow, replace(theirs, application=other), place.occasion()) == 1
        assert warn(uow, Ahead(Kind.OWN_KEY, "41c020af", ends), place.occasion()) == 1
    seen = {name: len(postfix.received(name, 0)) for name in ("anna", "eva")}
    handler = WarningMail(place.database, mailer, SENDER, translate, "https://id.example/administration")
    assert deliver(place, handler, WARNING_TOPIC) == [None] * 4
    english = postfix.received("anna", seen["anna"] + 1)[-1].get_payload(decode=True).decode()
    assert "The certificate 0b37ddec of the system Library ends on 2026-12-22." in english
    assert "https://id.example/administration" in english
    # A mail server delivers in whatever order it likes.
    swedish = postfix.received("eva", seen["eva"] + 3)[-3:]
    subjects = {str(make_header(decode_header(one["Subject"]))) for one in swedish}
    assert subjects == {"Sundby kommun: ett certifikat går ut 2026-12-22"}
    assert sum("41c020af" in one.get_payload(decode=True).decode() for one in swedish) == 1
