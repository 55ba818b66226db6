"""What a request leads to now: a refusal, a sign-in, a question to the person, or an answer.

It turns a request into the waist's requirement, asks `signin.answer`, and turns its answer into what comes next; it
knows no way to prove anything.
"""

from dataclasses import replace

from idp.domain import signin
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId
from idp.domain.session import LivingSession
from idp.saml import vocabulary as words
from idp.saml.answers import Telling, refusal, success
from idp.saml.attempt import Attempt, continue_path
from idp.saml.contexts import Contexts
from idp.saml.errors import Refused
from idp.saml.outcomes import Ask, GoTo, Outcome, ShowRefusal, TurnAway
from idp.saml.principal import login_hint, matches
from idp.saml.questions import question_about, remember
from idp.saml.store.connection import connection_of
from idp.saml.store.participants import Participants


def decide(attempt: Attempt) -> Outcome:
    """Return what is next."""
    request, uow, now = attempt.request, attempt.uow, attempt.occasion.now
    living = uow.sessions.living(attempt.visitor.session, now) if attempt.visitor.session else None
    contexts = _contexts(attempt, living)
    acceptable = contexts.acceptable(request.context)
    refused = _cannot_be_met(attempt, acceptable)
    subject = _subject(attempt) if request.subject and not refused else None
    if request.subject and subject is None and not refused:
        refused = Refused.SUBJECT
    if refused is not None:
        return attempt.refuse(refused)
    demand = contexts.demand(acceptable)
    requirement = AuthenticationRequirement(
        application=attempt.to.service.application.id,
        assurance=demand.assurance,
        fresh_since=attempt.received_at if request.force or attempt.signing else None,
        interactive=not request.passive,
        login_hint=login_hint(request.principal),
        subject=subject,
        one_of=demand.one_of,
        sent_codes=demand.sent_codes,
    )
    answer = signin.answer(uow, living, requirement, attempt.occasion)
    match answer:
        case signin.NeedsSignIn():
            return _sign_in(attempt, answer, living, requirement)
        case signin.AccessDenied():
            if not attempt.claim():
                return ShowRefusal(Refused.LOST_REQUEST)
            back = refusal(attempt.provider, uow, attempt.to, Refused.ACCESS_DENIED, attempt.occasion)
            return back if request.passive else TurnAway(answer.reasons, back)
        case signin.Admitted() if living is not None:
            return _admitted(attempt, living, requirement, contexts, acceptable)
    raise TypeError("nobody is admitted without a session")


def _admitted(
    attempt: Attempt,
    living: LivingSession,
    requirement: AuthenticationRequirement,
    contexts: Contexts,
    acceptable: tuple[str, ...],
) -> Outcome:
    """Answer, unless it is another person than the service means, or the person has to be asked first."""
    request, account_id = attempt.request, living.account.id
    if not matches(attempt.provider, attempt.uow, request.principal, account_id, attempt.occasion.now):
        if request.passive or _came_back(attempt, living):
            return attempt.refuse(Refused.SUBJECT)
        # Somebody else sits in this browser than the service means: whoever it is signs in anew.
        anew = replace(requirement, fresh_since=attempt.received_at)
        return _to_sign_in(attempt, living, anew)
    question = question_about(attempt, account_id)
    if question is not None and not attempt.agreed:
        if request.passive:
            return attempt.refuse(Refused.PASSIVE)
        return Ask(question, attempt.let_wait())
    if not attempt.claim():
        return ShowRefusal(Refused.LOST_REQUEST)
    if question is not None:
        remember(attempt, account_id, question)
    since = requirement.fresh_since
    telling = Telling(living.session, attempt.to, request, living.context, contexts, acceptable, since)
    return success(attempt.provider, attempt.uow, telling, attempt.occasion)


def _contexts(attempt: Attempt, living: LivingSession | None) -> Contexts:
    """Return the classes that may be said; levels depend on who is signed in, if anybody is yet."""
    levels = attempt.provider.about.levels
    if not levels:
        return Contexts()
    if living is None:
        return Contexts(levels, frozenset(level.group for level in levels))
    return Contexts(levels, attempt.uow.accounts.facts(living.account, attempt.occasion.now).groups)


def _cannot_be_met(attempt: Attempt, acceptable: tuple[str, ...]) -> Refused | None:
    request, service, own = attempt.request, attempt.to.service, attempt.provider.entity_id
    unmet = {
        # HTTP-Artifact and the holder-of-key profile among them.
        Refused.BINDING: request.binding not in ("", words.POST),
        Refused.UNSUPPORTED: request.unsupported,
        # Nobody else is asked on the service's behalf (core §3.4.1.3).
        Refused.SCOPING: bool(request.providers) and own not in request.providers,
        Refused.SIGN_MESSAGE: request.message is not None and not request.message.can_be_shown(own),
        # Affiliations are not kept here.
        Refused.NAME_ID: request.name_qualifier not in ("", service.entity_id)
        or service.name_id_format(request.name_id_format) is None,
        Refused.CONTEXT: not acceptable,
    }
    return next((refused for refused, applies in unmet.items() if applies), None)


def _subject(attempt: Attempt) -> AccountId | None:
    """Return the one account that the request names by its pairwise identifier."""
    return Participants(connection_of(attempt.uow)).account_named(
        attempt.to.service.application.id, attempt.request.subject
    )


def _sign_in(
    attempt: Attempt,
    answer: signin.NeedsSignIn,
    living: LivingSession | None,
    requirement: AuthenticationRequirement,
) -> Outcome:
    other_person = answer.reasons[-1].code == "other_subject"
    if other_person and (attempt.request.passive or _came_back(attempt, living)):
        return attempt.refuse(Refused.SUBJECT)
    if attempt.request.passive:
        return attempt.refuse(Refused.PASSIVE)
    return _to_sign_in(attempt, living, requirement)


def _came_back(attempt: Attempt, living: LivingSession | None) -> bool:
    """Whether the person has signed in for this request already, so that there is no use in asking again."""
    return living is not None and any(proof.at >= attempt.received_at for proof in living.session.proofs)


def _to_sign_in(
    attempt: Attempt, living: LivingSession | None, requirement: AuthenticationRequirement
) -> GoTo:
    path = continue_path(attempt.let_wait())
    browser = attempt.visitor.browser or b""
    journey = signin.start(attempt.uow, requirement, path, browser, living, attempt.occasion)
    return GoTo(f"/sign-in?journey={journey}")
