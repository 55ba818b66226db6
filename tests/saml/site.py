"""The provider on a real socket with the people of `place`, and services connected to it by their metadata."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, update

from idp.domain.account import Account
from idp.domain.application import Policy
from idp.pages import room as pages
from idp.saml import room
from idp.saml.about import About, Contact
from idp.saml.contexts import Level
from idp.saml.endings import ServiceEndings
from idp.saml.metadata.reading import read_service
from idp.saml.people import Organisation
from idp.saml.provider import Provider
from idp.saml.services import ServiceSettings
from idp.saml.store.services import write_service
from idp.storage.catalogue import bump
from idp.storage.register import SqlRegister
from idp.storage.tables import addresses, applications, persons
from idp.web.assembly import make_application
from tests.support.place import Place
from tests.support.served_site import ANYONE, ServedSite

APPROVED = "http://id.elegnamnden.se/loa/1.0/loa3"
DEFAULT = ServiceSettings()
DECLARED = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
ABOUT = About(
    organisation=Organisation("Ekvik", "ekvik.example", "2120001234"),
    titles={"sv": "Ekviks kommun", "en": "Ekvik municipality"},
    descriptions={"sv": "Inloggning för Ekviks anställda"},
    logo="https://ekvik.example/logo.svg",
    website="https://ekvik.example",
    privacy="https://ekvik.example/privacy",
    contacts=(Contact("technical", "IT-avdelningen", "it@ekvik.example"),),
    attributes={
        "http://macedir.org/entity-category-support": ("http://refeds.org/category/research-and-scholarship",)
    },
    levels=(
        Level(DECLARED, group="identified"),
        Level("http://www.swamid.se/policy/assurance/al2", "SWAMID 2026-11", "identified"),
    ),
)


class Site(ServedSite):
    """A provider in one process, its people, its services. Its clock is the machine's, and can be moved."""

    def __init__(self, place: Place, port: int, folder: Path, about: About = ABOUT) -> None:
        self.moved = timedelta(0)
        super().__init__(place, port, folder)
        kit = self.kit
        self.room = room.build(kit, place.sealer, self.outgoing, about)
        routes = [
            *self.room.routes,
            *room.administration(
                kit, self.room, self.outgoing, pages.door(kit, place.signin, SqlRegister.of)
            ),
            *pages.build(
                kit,
                place.signin,
                SqlRegister.of,
                self.room.waiting_origins,
                self.room.farewell,
                endings=(ServiceEndings(),),
            ),
        ]
        self.app = make_application(kit, self.web, routes)

    @property
    def provider(self) -> Provider:
        """The provider at work, as the room has it."""
        return self.room.engine().provider

    def now(self) -> datetime:
        """The clock."""
        return datetime.now(UTC) + self.moved

    def begin_test(self) -> None:
        """Forget what was recorded until now, and set the clock right."""
        super().begin_test()
        self.moved = timedelta(0)

    def person(self, name: str = "anna", *, mail: bool = True, **values: object) -> Account:
        """Employ somebody with an account, an address and whatever a row of `persons` holds."""
        groups = values.pop("member_of", ("social",))
        account = self.place.account(self.unique(name), member_of=groups)
        with self.place.database.write() as uow:
            if values:
                uow.connection.execute(
                    update(persons).where(persons.c.id == account.person_id).values(**values)
                )
            if mail:
                uow.connection.execute(
                    insert(addresses).values(
                        address=f"{account.login}@ekvik.example",
                        person_id=account.person_id,
                        domain="ekvik.example",
                        kind="primary",
                        since=self.now(),
                        unconfirmed=False,
                    )
                )
        return account

    def connect(
        self,
        metadata: str,
        settings: ServiceSettings = DEFAULT,
        policy: Policy = ANYONE,
        name: str = "service",
    ) -> str:
        """Connect a service by its metadata and return its application's name."""
        name = self.unique(name)
        application_id = self.place.application(name, policy)
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(applications).where(applications.c.id == application_id).values(protocol="saml")
            )
            entity_id = read_service(metadata.encode()).entity_id
            write_service(uow, application_id, entity_id, metadata, settings)
        return name

    def reconnect(self, name: str, metadata: str, settings: ServiceSettings = DEFAULT) -> None:
        """Change what is known of a service."""
        entity_id = read_service(metadata.encode()).entity_id
        with self.place.database.write() as uow:
            write_service(uow, self.place.applications[name], entity_id, metadata, settings)

    def change_policy(self, name: str, policy: dict[str, object]) -> None:
        """Change an application's row."""
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(applications)
                .where(applications.c.id == self.place.applications[name])
                .values(**policy)
            )
            bump(uow.connection)

    def metadata(self, name: str = "") -> str:
        """The provider's metadata, as a partner fetches it."""
        return self.get(f"/saml/metadata/{name}" if name else "/saml/metadata").text
