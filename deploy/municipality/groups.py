"""Groups: one per administration and workplace, roles in systems, a big one, nested and odd ones.

Owns who is a member of what. Members are names of entries, as groupOfNames wants them.
"""

from collections.abc import Iterator, Sequence

from deploy.municipality.administrations import ADMINISTRATIONS
from deploy.municipality.directory_names import GROUPS, below, branch_dn
from deploy.municipality.model import Group, Person, stable_uuid
from deploy.municipality.organisation import Organisation, Workplace

BIG_GROUP = 1900
PAGED_GROUP = 1501

# System, what it is for, which administrations' people use it (none: everyone's managers), one in how many.
SYSTEMS = (
    ("ekonomisystemet", "Ekonomisystemet", (), 1),
    ("lonesystemet", "Lönesystemet", ("10",), 1),
    ("upphandling", "Upphandlingsverktyget", ("10", "60"), 9),
    ("diariet", "Dokument- och ärendehantering", ("10", "40", "70"), 2),
    ("elevregistret", "Elevregistret", ("20",), 3),
    ("larplattformen", "Lärplattformen", ("20",), 1),
    ("verksamhetssystem-omsorg", "Verksamhetssystemet för vård och omsorg", ("30",), 1),
    ("verksamhetssystem-ifo", "Verksamhetssystemet för individ och familj", ("40",), 1),
    ("nationell-patientoversikt", "Nationell patientöversikt", ("30",), 8),
    ("schemaplanering", "Schemaplaneringen", ("30", "60", "80"), 4),
    ("bibliotekssystemet", "Bibliotekssystemet", ("50",), 2),
    ("bokningssystemet", "Bokningen av lokaler", ("50",), 2),
    ("kartsystemet", "Kartsystemet", ("60", "70"), 6),
    ("bygglovssystemet", "Bygglovssystemet", ("70",), 2),
    ("fastighetssystemet", "Fastighetssystemet", ("60",), 7),
    ("larmsystemet", "Larm och insatser", ("80",), 1),
)


class _GroupMaker:
    """Makes groups of one district."""

    def __init__(self, seed: str, district: int) -> None:
        self._seed = seed
        self._parent = branch_dn(district, GROUPS)

    def dn(self, name: str) -> str:
        return below(self._parent, "cn", name)

    def make(self, name: str, description: str, members: Sequence[str], owner: str | None = None) -> Group:
        dn = self.dn(name)
        return Group(dn, name, description, tuple(dict.fromkeys(members)), stable_uuid(self._seed, dn), owner)


def make_groups(
    seed: str, district: int, organisation: Organisation, people: Sequence[Person]
) -> tuple[Group, ...]:
    """All groups of a district."""
    maker = _GroupMaker(seed, district)
    by_administration = _by_administration(organisation, people)
    return (
        *_of_the_organisation(maker, organisation, people, by_administration),
        *_of_systems(maker, people, by_administration),
        *_representatives(maker, by_administration),
        *_big(maker, people),
        *_nested(maker),
        *_odd(maker, people),
    )


def _by_administration(organisation: Organisation, people: Sequence[Person]) -> dict[str, list[Person]]:
    top = len(organisation.root.code)
    members: dict[str, list[Person]] = {administration.code: [] for administration in ADMINISTRATIONS}
    for person in people:
        for code in dict.fromkeys(unit[top : top + 2] for unit in person.unit_codes):
            members[code].append(person)
    return members


def _of_the_organisation(
    maker: _GroupMaker,
    organisation: Organisation,
    people: Sequence[Person],
    by_administration: dict[str, list[Person]],
) -> Iterator[Group]:
    for administration in ADMINISTRATIONS:
        members = by_administration[administration.code]
        yield maker.make(
            f"forvaltning-{administration.slug}", administration.name, [person.dn for person in members]
        )
    at_workplace = _by_workplace(organisation, people)
    for workplace in organisation.workplaces:
        yield _workplace_group(maker, workplace, at_workplace[workplace.unit.code])


def _by_workplace(organisation: Organisation, people: Sequence[Person]) -> dict[str, list[Person]]:
    members: dict[str, list[Person]] = {workplace.unit.code: [] for workplace in organisation.workplaces}
    length = len(organisation.workplaces[0].unit.code)
    for person in people:
        for code in dict.fromkeys(unit[:length] for unit in person.unit_codes):
            if code in members:
                members[code].append(person)
    return members


def _workplace_group(maker: _GroupMaker, workplace: Workplace, members: list[Person]) -> Group:
    leader = next((person.dn for person in members if "leads" in person.cases), None)
    return maker.make(
        f"arbetsplats-{workplace.unit.code}", workplace.unit.name, [person.dn for person in members], leader
    )


def _of_systems(
    maker: _GroupMaker, people: Sequence[Person], by_administration: dict[str, list[Person]]
) -> Iterator[Group]:
    """Who uses each system, and who looks after it (systemförvaltare)."""
    managers = [person for person in people if "leads" in person.cases]
    for number, (name, description, administrations, one_in) in enumerate(SYSTEMS):
        staff = [person for code in administrations for person in by_administration[code]] or managers
        users = [person.dn for place, person in enumerate(staff) if place % one_in == 0]
        owner = managers[number % len(managers)].dn if managers else None
        yield maker.make(name, description, users, owner)
        yield maker.make(f"{name}-forvaltare", f"Förvaltar: {description}", users[:2])


def _representatives(maker: _GroupMaker, by_administration: dict[str, list[Person]]) -> Iterator[Group]:
    """One IT representative (IT-ombud) in each administration."""
    chosen: list[str] = []
    for administration in ADMINISTRATIONS:
        members = by_administration[administration.code]
        named = [person for person in members if person.slug == "it-representative"]
        usual = [
            person for person in members if not person.cases and "tillsvidare" in person.employment_types
        ]
        for person in (named or usual)[:1]:
            chosen.append(person.dn)
            yield maker.make(
                f"it-ombud-{administration.slug}", f"IT-ombud: {administration.name}", [person.dn]
            )
    yield maker.make("it-ombud", "IT-ombud i alla förvaltningar", chosen)


def _big(maker: _GroupMaker, people: Sequence[Person]) -> Iterator[Group]:
    """One that is large, and one just above Active Directory's range of 1,500 values."""
    everyone = [person.dn for person in people]
    yield maker.make("datoranvandare", "Alla med egen dator", everyone[:BIG_GROUP])
    yield maker.make("medarbetarenkaten", "Urval till medarbetarenkäten", everyone[-PAGED_GROUP:])


def _nested(maker: _GroupMaker) -> Iterator[Group]:
    """Four levels, ending in the groups of two administrations; and two that contain each other."""
    chain = ("vardinformation", "vardinformation-lasa", "vardinformation-omsorg")
    inner = [maker.dn("forvaltning-vard-omsorg"), maker.dn("forvaltning-individ-familj")]
    for name, member in zip(chain, [[maker.dn(chain[1])], [maker.dn(chain[2])], inner], strict=True):
        yield maker.make(name, "Åtkomst till vårdinformation", member)
    pair = ("projekt-2030-styrgrupp", "projekt-2030-arbetsgrupp")
    for name, other, also in ((*pair, "it-ombud"), (*reversed(pair), "ekonomisystemet-forvaltare")):
        yield maker.make(name, "Ekvik 2030", [maker.dn(other), maker.dn(also)])


def _odd(maker: _GroupMaker, people: Sequence[Person]) -> Iterator[Group]:
    """No member, a member that is gone, and members written in another case than their entries."""
    yield maker.make("tom-grupp", "Har ingen medlem", [])
    gone = people[0].dn.replace("uid=", "uid=borttagen-", 1)
    yield maker.make("borttagen-medlem", "En medlem finns inte längre", [gone, people[0].dn])
    shouted = [person.dn.upper().replace("UID=", "UID = ", 1) for person in people[:3]]
    yield maker.make("andra-versaler", "Skriver namnen med versaler", shouted)
