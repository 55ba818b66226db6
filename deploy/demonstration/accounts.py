"""Whom the demo presents: the people of the municipality's cast, with password and seed.

Owns roles and seeds. A seed is derived from the municipality's seed, so that a second run, and an
authenticator app that has been set up, keep working.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from deploy.municipality.model import Municipality, Person

EMPLOYEE = "employee"
ADMINISTRATOR = "administrator"
IT_REPRESENTATIVE = "it_representative"
SEED_BYTES = 20
# The code of an administration is the municipality's one digit and two of its own.
ADMINISTRATION_DIGITS = 3


class Factor(Enum):
    """Whether the person has an authenticator from the beginning."""

    READY = "ready"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Presented:
    """What to say about one of the cast: the role in Portvakt, a factor or none, and why to try this one."""

    slug: str
    role: str
    factor: Factor
    swedish: str
    english: str


SOCIAL_SERVICES = "socialtjänsten; har en andra faktor", "social services; has a second factor"
PRESENTED = (
    Presented("social-worker", EMPLOYEE, Factor.READY, *SOCIAL_SERVICES),
    Presented("social-worker-colleague", EMPLOYEE, Factor.READY, *SOCIAL_SERVICES),
    Presented("it-representative", IT_REPRESENTATIVE, Factor.READY, "IT-ombud", "IT representative"),
    Presented("administrator", ADMINISTRATOR, Factor.READY, "administrerar Portvakt", "administers Portvakt"),
    Presented("home-care", EMPLOYEE, Factor.NONE, "hemtjänsten; ingen faktor än", "home care; no factor yet"),
    Presented("teacher", EMPLOYEE, Factor.NONE, "lärare; ingen faktor än", "teacher; no factor yet"),
    Presented("must-change", EMPLOYEE, Factor.NONE, "måste byta lösenord", "must change the password"),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One person to sign in as; `administration` is the code of the unit that a representative answers for."""

    login: str
    name: str
    role: str
    password: str = field(repr=False)
    totp_secret: str | None = field(repr=False)
    swedish: str
    english: str
    administration: str = ""


def authenticator_seed(seed: str, slug: str) -> str:
    """A seed in base32, as authenticator apps take it by hand."""
    digest = hmac.digest(seed.encode(), f"totp/{slug}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:SEED_BYTES]).decode()


def demo_accounts(model: Municipality) -> list[DemoAccount]:
    """Everyone whom the demo presents, in the order of the list above."""
    people = {person.slug: person for person in model.people if person.slug}
    return [_account(model.seed, one, people[one.slug]) for one in PRESENTED]


def _account(seed: str, one: Presented, person: Person) -> DemoAccount:
    if not (person.login and person.common_name and person.password):
        raise ValueError(f"{one.slug} lacks a login, a name or a password")
    secret = authenticator_seed(seed, one.slug) if one.factor is Factor.READY else None
    return DemoAccount(
        person.login,
        person.common_name,
        one.role,
        person.password,
        secret,
        one.swedish,
        one.english,
        person.unit_codes[0][:ADMINISTRATION_DIGITS] if person.unit_codes else "",
    )


def import_file(accounts: Iterable[DemoAccount]) -> str:
    """Lines for `portvakt factor import`: login;seed;name."""
    return "".join(f"{one.login};{one.totp_secret};Telefonen\n" for one in accounts if one.totp_secret)
