"""From a step to its page: one table. Each row says which template, and what the template is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from idp.domain.reason import Reason
from idp.domain.reasons import sentence
from idp.domain.steps import (
    AskActivationCode,
    AskNewPassword,
    AskPassword,
    AskSecondFactor,
    EnrolFactor,
    EnrolPasskey,
    ShowRecoveryCodes,
    Step,
    TurnedAway,
)
from idp.pages.qr import qr_svg
from mfa import FactorKind

_A_DAY = 86_400

View = Mapping[str, object]

ACTIVATION = "activation"
FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the visitor has chosen or typed so far, secrets left out.

    Attributes:
        login: the name in the form that was sent.
        kind: the kind of code that was chosen or sent.
        instead: which page was chosen instead of the password's, ACTIVATION or FORGOTTEN.
        resynchronised: whether a hardware token was just brought back in step.
    """

    login: str = ""
    kind: str = ""
    instead: str = ""
    resynchronised: bool = False


@dataclass(frozen=True, slots=True)
class StepPage:
    """One page of the sign-in: a template, its values and the status code when nothing was wrong.

    `script`: whether it offers a passkey.
    """

    template: str
    view: View
    status: int = 200
    script: bool = False


Translate = Callable[[str], str]


def page_of(step: Step, typed: Typed, translate: Translate) -> StepPage:
    """Return the page that shows `step`."""
    return _ROWS[type(step)](step, typed, translate)


def grouped(secret: str) -> str:
    """Return base32 text in groups of four, easier to read and type; apps ignore the spaces."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _password(step: AskPassword, typed: Typed, _: Translate) -> StepPage:
    login = step.login if step.fixed else typed.login or step.login
    if typed.instead == FORGOTTEN and not step.fixed:
        return StepPage("signin/forgotten.html", {"login": login})
    if typed.instead == ACTIVATION and not step.fixed:
        return StepPage("signin/activation.html", {"login": login, "known": False})
    return StepPage(
        "signin/password.html", {"login": login, "passkey": step.passkey}, script=bool(step.passkey)
    )


def _new_password(_step: AskNewPassword, _typed: Typed, _: Translate) -> StepPage:
    return StepPage("signin/new_password.html", {})


RESYNCHRONISE = "resynchronise"
"""Not a kind of code, but chosen beside them."""


def _second_factor(step: AskSecondFactor, typed: Typed, _: Translate) -> StepPage:
    if typed.kind == RESYNCHRONISE and step.has_token:
        return StepPage("signin/resynchronise.html", {})
    kind = _chosen(step.kinds, typed.kind)
    others = tuple(other.value for other in step.kinds if other is not kind)
    days = max(1, round(step.trust.total_seconds() / _A_DAY)) if step.trust is not None else 0
    if kind is FactorKind.PASSKEY:
        return StepPage(
            "signin/passkey.html",
            {"passkey": step.passkey, "others": others, "trust_days": days},
            script=True,
        )
    view = {
        "kind": kind.value,
        "others": others,
        "trust_days": days,
        "has_token": step.has_token and kind is FactorKind.TOTP,
        "resynchronised": typed.resynchronised,
    }
    return StepPage("signin/code.html", view)


def _chosen(kinds: Sequence[FactorKind], wanted: str) -> FactorKind:
    return next((kind for kind in kinds if kind.value == wanted), kinds[0])


def _enrol(step: EnrolFactor, typed: Typed, _: Translate) -> StepPage:
    if step.passkey and typed.kind == FactorKind.PASSKEY.value:
        return _new_passkey(step.passkey, only=False)
    view = {"uri": step.uri, "secret": grouped(step.secret), "passkey": step.passkey}
    return StepPage("signin/enrol.html", {"qr": qr_svg(step.uri), **view})


def _enrol_passkey(step: EnrolPasskey, _typed: Typed, _: Translate) -> StepPage:
    return _new_passkey(step.passkey, only=True)


def _new_passkey(options: str, *, only: bool) -> StepPage:
    return StepPage("signin/new_passkey.html", {"passkey": options, "only": only}, script=True)


def _activation(_step: AskActivationCode, _typed: Typed, _: Translate) -> StepPage:
    return StepPage("signin/activation.html", {"login": "", "known": True})


def _recovery_codes(step: ShowRecoveryCodes, _typed: Typed, _: Translate) -> StepPage:
    return StepPage("signin/recovery_codes.html", {"codes": step.codes})


def _turned_away(step: TurnedAway, _typed: Typed, translate: Translate) -> StepPage:
    *others, refusal = _words(step.reasons, translate)
    return StepPage("signin/turned_away.html", {"refusal": refusal, "others": others}, 403)


def _words(reasons: Sequence[Reason], translate: Translate) -> list[str]:
    return [sentence(reason, translate) for reason in reasons]


# A row's function takes its own step: mypy cannot tie a table's key to its value.
_ROWS: Mapping[type[Step], Callable[..., StepPage]] = {
    AskPassword: _password,
    AskNewPassword: _new_password,
    AskSecondFactor: _second_factor,
    EnrolFactor: _enrol,
    EnrolPasskey: _enrol_passkey,
    AskActivationCode: _activation,
    ShowRecoveryCodes: _recovery_codes,
    TurnedAway: _turned_away,
}
