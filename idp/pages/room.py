"""All pages as routes: what `app.py` mounts."""

from collections.abc import Callable, Sequence

from starlette.routing import Route

from idp.domain.participants import Endings
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.domain.signin import SignIn
from idp.pages.administration.access import AccessPages
from idp.pages.administration.acts import Acts
from idp.pages.administration.api_tokens import ApiTokens
from idp.pages.administration.approvals import ApprovalPages
from idp.pages.administration.door import Door
from idp.pages.administration.hiring import Hiring
from idp.pages.administration.incident import Incident
from idp.pages.administration.log import Log
from idp.pages.administration.moving import Moving
from idp.pages.administration.overview import Overview
from idp.pages.administration.people import People
from idp.pages.administration.policies import Policies
from idp.pages.administration.review import Review
from idp.pages.administration.roles import Roles
from idp.pages.administration.run_undo import RunUndo
from idp.pages.administration.synchronisation import Synchronisation
from idp.pages.administration.systems import Systems
from idp.pages.administration.token_import import TokenImport
from idp.pages.administration.tokens import Tokens
from idp.pages.administration.ways_in import WaysIn
from idp.pages.portal.leaving import Leaving
from idp.pages.portal.my_data import MyData
from idp.pages.portal.my_devices import MyDevices
from idp.pages.portal.my_numbers import MyNumbers
from idp.pages.portal.my_passkeys import MyPasskeys
from idp.pages.portal.my_security import MySecurity
from idp.pages.portal.my_sessions import MySessions
from idp.pages.portal.my_systems import MySystems
from idp.pages.portal.my_tokens import MyTokens
from idp.pages.ports import Farewell, WaitingOrigins, no_farewell, no_origins
from idp.pages.signin.endpoints import SignInPages
from idp.pages.visitor import Members
from idp.web.administration import PersonPart, ProtocolPages
from idp.web.kit import Kit


def door(kit: Kit, signin: SignIn, register: Callable[[UnitOfWork], Register]) -> Door:
    """Return the door of the administration, for rooms that bring pages of their own."""
    return Door(Members(kit, SignInPages(kit, signin, no_origins).begin), register)


def build(
    kit: Kit,
    signin: SignIn,
    register: Callable[[UnitOfWork], Register],
    waiting: WaitingOrigins = no_origins,
    farewell: Farewell = no_farewell,
    protocols: Sequence[ProtocolPages] = (),
    endings: Sequence[Endings] = (),
    parts: Sequence[PersonPart] = (),
    mail_domain: str = "",
) -> list[Route]:
    """Return the routes of sign-in, portal and administration.

    `register` answers the administration's questions (`storage.register.SqlRegister.of`); `waiting` names
    the origins that a sign-in to an application may end at; `farewell` where a sign-out goes on; `protocols`
    say where systems are connected, `endings` how it went to tell systems that a session has ended, `parts` what they
    show of a person. `mail_domain` stands in where a directory has none of its own.
    """
    sign_in = SignInPages(kit, signin, waiting)
    members = Members(kit, sign_in.begin)
    door = Door(members, register)
    security = MySecurity(members, signin)
    return [
        *sign_in.routes(),
        *MySystems(members).routes(),
        *MySessions(members).routes(),
        *MyData(members).routes(),
        *security.routes(),
        *MyDevices(members).routes(),
        *MyPasskeys(security, signin.passkeys).routes(),
        *MyNumbers(security).routes(),
        *MyTokens(members).routes(),
        *Leaving(members, farewell, endings).routes(),
        *Overview(door).routes(),
        *People(door, parts).routes(),
        *WaysIn(door).routes(),
        *ApprovalPages(door).routes(),
        *TokenImport(door, signin.sealer).routes(),
        *Tokens(door, signin.issuer).routes(),
        *Hiring(door).routes(),
        *Log(door).routes(),
        *Incident(door).routes(),
        *ApiTokens(door).routes(),
        *Review(door).routes(),
        *Moving(door).routes(),
        *Acts(door).routes(),
        *Systems(door, protocols, endings).routes(),
        *Policies(door).routes(),
        *AccessPages(door).routes(),
        *Roles(door).routes(),
        *Synchronisation(door).routes(),
        *RunUndo(door, mail_domain).routes(),
    ]
