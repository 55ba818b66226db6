"""What a person is asked before a service is told anything: what is signed, and which attributes leave.

Consent is remembered per service and asked again only where more would be told (Sweden Connect, deployment profile
§5.4.5); a signature is asked for each time.
"""

from collections.abc import Sequence

from markupsafe import Markup

from idp.domain.handles import AccountId
from idp.domain.release import Fact, may_leave
from idp.saml.attempt import Attempt
from idp.saml.attributes import FACTS, needs_membership
from idp.saml.outcomes import Question
from idp.saml.people import Person, Values, attribute_values
from idp.saml.store.connection import connection_of
from idp.saml.store.consents import Consents
from idp.saml.store.people import person_of

#: Opaque or made up: the page says what it is, the value would say nothing.
_UNREADABLE = frozenset({Fact.IDENTIFIER, Fact.ASSURANCE})


def question_about(attempt: Attempt, account_id: AccountId) -> Question | None:
    """Return what has to be asked, None if nothing has."""
    service, signing = attempt.to.service, attempt.signing
    if not signing and not service.asks_consent:
        return None
    names, now = service.attributes, attempt.occasion.now
    connection = connection_of(attempt.uow)
    person = person_of(connection, account_id, now, memberships=needs_membership(names))
    if person is None:
        return None
    told = _told(attempt, person, names)
    given = Consents(connection).given(account_id, service.application.id)
    asks_consent = service.asks_consent and not {fact.value for fact, _ in told} <= given
    if not signing and not asks_consent:
        return None
    message = attempt.request.message
    shown = message.markup() if message is not None else Markup()
    return Question(service, signing, shown, attempt.request.requesters, told, asks_consent)


def remember(attempt: Attempt, account_id: AccountId, question: Question) -> None:
    """Keep what was agreed to, so that it is not asked again."""
    if question.asks_consent:
        facts = [fact.value for fact, _ in question.told]
        Consents(connection_of(attempt.uow)).give(
            account_id, question.service.application.id, facts, attempt.occasion.now
        )


def _told(attempt: Attempt, person: Person, names: Sequence[str]) -> list[tuple[Fact, Values]]:
    """Return what would be told, fact by fact, in the attributes' order."""
    values = attribute_values(person, attempt.provider.about.organisation, names, "")
    found: dict[Fact, Values] = {}
    for name in names:
        fact = FACTS[name]
        readable = values.get(name, ()) if fact not in _UNREADABLE else ()
        if may_leave(fact, person.protection) and (readable or fact in _UNREADABLE):
            found[fact] = tuple(dict.fromkeys((*found.get(fact, ()), *readable)))
    return list(found.items())
