"""A policy as a form and back: one line for each group, unit and network, whole hours and days. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from idp.domain.application import Audience, Policy
from idp.domain.assurance import WEAKER, Assurance, Method
from idp.web.forms import Form

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_HOURS = 720
_MOST_DAYS = 90
_LONGEST_LIST = 4000
LEVELS = tuple(level.name.lower() for level in Assurance if level is not Assurance.NONE)


class Unreadable(Exception):
    """A number or a line is none."""


def typed_of(policy: Policy) -> Mapping[str, str]:
    """Return a policy as the form's fields hold it."""
    audience = policy.audience
    return {
        "audience": "everyone" if audience.everyone else "listed",
        "groups": "\n".join(sorted(audience.groups)),
        "units": "\n".join(sorted(audience.units)),
        "networks": "\n".join(sorted(policy.networks)),
        "assurance": policy.assurance.name.lower(),
        "assurance_on": "\n".join(
            f"{name} = {level.name.lower()}" for name, level in sorted(policy.assurance_on.items())
        ),
        "session_hours": str(policy.session_lifetime // _HOUR),
        "age_hours": str(policy.max_age // _HOUR) if policy.max_age is not None else "",
        "trusted_days": str(policy.trusted_device // _DAY) if policy.trusted_device else "",
        **{f"weaker_{method.value}": "yes" if method in policy.weaker else "" for method in sorted(WEAKER)},
        "certified": "yes" if policy.passkeys.certified else "",
        "without_directory": "yes" if policy.open_without_directory else "",
    }


def policy_of(form: Form, before: Policy) -> Policy:
    """Return the policy that a form describes; what the form has no field for stays. Raises Unreadable."""
    everyone = form.text("audience", 10) == "everyone"
    age = _hours(form.text("age_hours", 4))
    trusted = form.text("trusted_days", 3).strip()
    sessions = _hours(form.text("session_hours", 4))
    if sessions is None:
        raise Unreadable
    return replace(
        before,
        audience=Audience(everyone=True)
        if everyone
        else Audience(groups=_lines(form, "groups"), units=_lines(form, "units")),
        networks=_lines(form, "networks"),
        assurance=_level(form.text("assurance", 32)),
        assurance_on=dict(_on(line) for line in sorted(_lines(form, "assurance_on"))),
        session_lifetime=sessions,
        max_age=age,
        trusted_device=_number(trusted, _MOST_DAYS) * _DAY if trusted else None,
        weaker=frozenset(
            method for method in WEAKER if form.text(f"weaker_{Method(method).value}", 4) == "yes"
        ),
        passkeys=replace(before.passkeys, certified=form.text("certified", 4) == "yes"),
        open_without_directory=form.text("without_directory", 4) == "yes",
    )


def _lines(form: Form, name: str) -> frozenset[str]:
    return frozenset(filter(None, (line.strip() for line in form.text(name, _LONGEST_LIST).splitlines())))


def _on(line: str) -> tuple[str, Assurance]:
    network, _, level = line.partition("=")
    return network.strip(), _level(level.strip())


def _level(name: str) -> Assurance:
    if name not in LEVELS:
        raise Unreadable
    return Assurance[name.upper()]


def _hours(typed: str) -> timedelta | None:
    return _number(typed.strip(), _MOST_HOURS) * _HOUR if typed.strip() else None


def _number(typed: str, most: int) -> int:
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= most):
        raise Unreadable
    return int(typed)
