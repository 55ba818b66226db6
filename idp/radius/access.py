"""An Access-Request through the waist: the same requirement, use cases, counters and records as the web.

One place turns what sign-in told into Accept, Challenge or Reject. The reply is kept for duplicates in the very
transaction that settled it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from idp.domain.authentication import AuthenticationRequirement, Channel
from idp.domain.handles import digest, new_id
from idp.domain.login import MAX_LOGIN, login_key
from idp.domain.occasion import Actor, ActorKind, IpAddress, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import Participant
from idp.domain.signin import SignIn
from idp.domain.signin.text_channel import (
    CodeAsked,
    Message,
    NotLetIn,
    Told,
    Welcome,
    submit_answer,
    submit_message,
)
from idp.radius import texts
from idp.radius.credentials import Form, decoded, split
from idp.radius.integrity import reply_to, unhidden
from idp.radius.nas import PROTOCOL
from idp.radius.packet import Attribute, Code, Packet, Type, pieces
from idp.radius.received import Answer, Dropped, Received
from idp.radius.replies import reply_attributes
from idp.radius.store import duplicates
from idp.radius.store.access_servers import note_signed
from mfa import appended_digits

CLASS_PREFIX = b"pv1:"
_LONGEST_STATE = 64
_PROMPT_NO_ECHO = (0).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Access:
    """Answers Access-Requests; `clock` is the process's, `node` its name in the audit log."""

    signin: SignIn
    clock: Callable[[], datetime]
    node: str = ""

    def __call__(self, received: Received) -> Answer:
        """Answer one request. Takes as long as a password check takes."""
        packet, nas = received.packet, received.nas
        login = text_of(packet.first(Type.USER_NAME) or b"")
        sent = packet.first(Type.USER_PASSWORD)
        typed: str | None = ""
        if sent is not None:
            shown = unhidden(sent, packet.authenticator, received.secret)
            typed = decoded(shown, proved=received.proved)
        if typed is None:
            # Nobody has guessed anything: the secrets differ, or the bytes are no text (R6).
            return Answer(dropped=Dropped.WRONG_SECRET)
        occasion = self._occasion(received)
        request = AuthenticationRequirement(nas.application_id, channel=Channel.TEXT)
        binding = digest(f"{PROTOCOL}\0{nas.application_id}\0{login_key(login)}")
        keep = _Keeping(received, occasion)
        state = packet.first(Type.STATE)
        if sent is None or not login or not login.isprintable():
            answer = self._unreadable(keep)
        elif state is not None:
            handle = state.decode("ascii", "replace")[:_LONGEST_STATE]
            answer = submit_answer(
                self.signin, request, binding, handle, typed, occasion, keep.claim, keep.answer
            )
        else:
            parts = split(typed, nas.settings.form, self._digits(received, login, typed, occasion))
            message = Message(login, parts.password, parts.code)
            answer = submit_message(self.signin, request, binding, message, occasion, keep.claim, keep.answer)
        return answer if answer is not None else self._again(received)

    def _digits(self, received: Received, login: str, typed: str, occasion: Occasion) -> int:
        """Return how long this person's codes are; the NAS's own length for who has none, or is nobody."""
        settings = received.nas.settings
        if settings.form not in (Form.APPENDED, Form.EITHER):
            return settings.code_digits
        with self.signin.database.read() as uow:
            account = uow.accounts.by_login(login) if len(login) <= MAX_LOGIN else None
            own = appended_digits(uow.factors, account.id, typed, occasion.now) if account else None
        return own or settings.code_digits

    def _unreadable(self, keep: "_Keeping") -> Answer | None:
        """Refuse what holds no password: CHAP, MS-CHAP and EAP cannot carry a code to us."""
        with self.signin.database.write() as uow:
            return keep.answer(uow, NotLetIn()) if keep.claim(uow) else None

    def _again(self, received: Received) -> Answer:
        with self.signin.database.read() as uow:
            reply = duplicates.reply_of(uow, received.key)
        if reply is None:
            return Answer(dropped=Dropped.DUPLICATE_IN_PROGRESS)
        return Answer(reply)

    def _occasion(self, received: Received) -> Occasion:
        nas = received.nas
        address: IpAddress | None = received.address
        # What nobody signed may be altered on its way: it must not move anybody to a network that asks for less.
        if received.proved or not nas.place_matters:
            address = visitor_address(received.packet) or received.address
        return Occasion(
            now=self.clock(),
            request_id=new_id(),
            actor=Actor(ActorKind.CLIENT, nas.name),
            address=address,
            user_agent=f"RADIUS {nas.title}"[:200],
            node=self.node,
        )


@dataclass(frozen=True, slots=True)
class _Keeping:
    """The room's own writes in sign-in's transactions."""

    received: Received
    occasion: Occasion

    def claim(self, uow: UnitOfWork) -> bool:
        nas = self.received.nas
        if not duplicates.claim(uow, self.received.key, self.occasion.now):
            return False
        if self.received.proved and not nas.must_sign:
            note_signed(uow, nas.application_id, self.occasion.now)
        return True

    def answer(self, uow: UnitOfWork, told: Told) -> Answer:
        code, attributes = self._said(uow, told)
        reply = reply_to(self.received.packet, code, attributes, self.received.secret)
        duplicates.keep(uow, self.received.key, reply)
        return Answer(reply, refuses=code is Code.ACCESS_REJECT)

    def _said(self, uow: UnitOfWork, told: Told) -> tuple[Code, Sequence[Attribute]]:
        settings = self.received.nas.settings
        match told:
            case Welcome():
                return Code.ACCESS_ACCEPT, self._welcome(uow, told)
            case CodeAsked() if settings.takes_challenges:
                said = _words(texts.prompt(settings, told))
                state = (int(Type.STATE), told.handle.encode("ascii"))
                return Code.ACCESS_CHALLENGE, [*said, state, (int(Type.PROMPT), _PROMPT_NO_ECHO)]
            case CodeAsked():
                return Code.ACCESS_REJECT, _words(texts.code_missing(settings, told))
            case NotLetIn():
                return Code.ACCESS_REJECT, _words(texts.refusal(settings, told))

    def _welcome(self, uow: UnitOfWork, told: Welcome) -> Sequence[Attribute]:
        nas, session = self.received.nas, told.living.session
        uow.sessions.join(Participant(session.id, nas.application_id, PROTOCOL, self.occasion.now))
        # Accounting brings it back, so that a connection is known to belong to this session (RFC 2865 §5.25).
        own = (int(Type.CLASS), CLASS_PREFIX + session.id.encode("ascii"))
        if not nas.settings.replies:
            return [own]
        facts = uow.accounts.facts(told.living.account, self.occasion.now)
        return [*reply_attributes(nas.settings, facts), own]


def visitor_address(packet: Packet) -> IpAddress | None:
    """Return where the person is, as the NAS says: Calling-Station-Id or Tunnel-Client-Endpoint, if an address."""
    for kind in (Type.CALLING_STATION_ID, Type.TUNNEL_CLIENT_ENDPOINT):
        value = packet.first(kind)
        if value is None:
            continue
        try:
            return ip_address(value.decode("ascii").strip("\0 "))
        except ValueError:
            continue
    return None


def text_of(value: bytes) -> str:
    """Return a text attribute; what is no UTF-8 is taken for Latin-1, which old clients send."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _words(text: str) -> list[Attribute]:
    return [(int(Type.REPLY_MESSAGE), piece) for piece in pieces(text)]
