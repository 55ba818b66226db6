"""The provider on a real socket, the people of `place`, and relying parties that talk to it over HTTP."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urljoin

from sqlalchemy import delete, select, update

from idp.domain.account import Account
from idp.domain.application import Policy
from idp.domain.assurance import Method
from idp.domain.handles import new_handle
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.keys.rollover import ensure_first
from idp.keys.signing import SigningKeys
from idp.oidc import room
from idp.oidc.clients import AuthMethod, Registration
from idp.oidc.endings import ClientEndings
from idp.oidc.store.clients import write_client, write_secrets
from idp.pages import room as pages
from idp.storage.catalogue import bump
from idp.storage.register import SqlRegister
from idp.storage.tables import accounts, applications, group_members, groups
from idp.web.assembly import make_application
from tests.support.browsing import HTTP, Browser, Forms, PageForm, Reply
from tests.support.place import OUTSIDE, Place
from tests.support.served_site import ANYONE, ServedSite

__all__ = ["Forms", "PageForm"]

CALLBACK = "https://intranet.example/callback"
REGISTRATION = Registration(
    redirect_uris=(CALLBACK,),
    post_logout_redirect_uris=("https://intranet.example/bye",),
    scope=("openid", "profile", "email", "groups", "unit", "offline_access"),
    first_party=True,
    refresh_lifetime=timedelta(days=30),
)


class Site(ServedSite):
    """A provider in one process: its address, its people, its clients."""

    def __init__(self, place: Place, port: int, folder: Path) -> None:
        super().__init__(place, port, folder)
        ensure_first(place.database, place.sealer, place.occasion())
        self.keys = SigningKeys(place.database, place.sealer, self.now)
        self.room = room.build(self.kit, self.keys, self.outgoing)
        routes = [
            *self.room.routes,
            *pages.build(
                self.kit, place.signin, SqlRegister.of, self.room.waiting_origins, endings=(ClientEndings(),)
            ),
        ]
        self.app = make_application(self.kit, self.web, routes)

    def person(self, name: str, **given: object) -> Account:
        """Employ somebody with an account."""
        return self.place.account(self.unique(name), **given)

    def client(
        self, name: str = "intranet", policy: Policy = ANYONE, registration: Registration = REGISTRATION
    ) -> "RelyingParty":
        """Connect a relying party, with a secret if its method needs one."""
        name = self.unique(name)
        application_id = self.place.application(name, policy)
        client_id, secret = name, new_handle()
        with self.place.database.write() as uow:
            write_client(uow, application_id, client_id, registration)
            if registration.token_endpoint_auth_method.by_secret:
                write_secrets(uow, application_id, secret, None)
        return RelyingParty(self, application_id, client_id, secret, registration)

    def reregister(self, party: "RelyingParty", registration: Registration) -> None:
        """Change what is registered of a party."""
        with self.place.database.write() as uow:
            write_client(uow, party.application_id, party.client_id, registration)

    def enable(self, party: "RelyingParty", *, enabled: bool) -> None:
        """Switch an application on or off."""
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(applications).where(applications.c.id == party.application_id).values(enabled=enabled)
            )
            bump(uow.connection)

    def signed_in(self, account: Account, *methods: Method, address: str = OUTSIDE) -> Browser:
        """A browser with a living session, outside unless it is said where."""
        return super().signed_in(account, *methods, address=address)

    def end(self, account: Account, browser: "Browser") -> None:
        """End a browser's session as the person's own list does."""
        with self.place.database.write() as uow:
            assert end_session(
                uow, browser.session_id, account.id, EndReason.ENDED_BY_PERSON, self.place.occasion()
            )

    def disable(self, account: Account) -> None:
        """Disable the account's row and nothing else: no session is ended for it."""
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(accounts).where(accounts.c.id == account.id).values(state="disabled")
            )

    def leave(self, account: Account, group: str) -> None:
        """Take a person out of a group, as a synchronisation does."""
        with self.place.database.write() as uow:
            found = select(groups.c.id).where(groups.c.name == group).scalar_subquery()
            uow.connection.execute(
                delete(group_members).where(
                    group_members.c.person_id == account.person_id, group_members.c.group_id == found
                )
            )


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class RelyingParty:
    """A relying party: asks for sign-ins, redeems codes, calls the endpoints."""

    site: Site
    application_id: str
    client_id: str
    secret: str
    registration: Registration
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def authorization(self, **changes: str | None) -> str:
        """The path of an authorization request; None leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.registration.redirect_uris[0],
            "scope": "openid",
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        } | changes
        sent = {name: value for name, value in parameters.items() if value is not None}
        return f"/oauth2/authorize?{urlencode(sent)}"

    def code(self, browser: Browser, **changes: str | None) -> str:
        """A code for the person who is signed in in this browser."""
        answer = browser.get(self.authorization(**changes))
        assert "code" in answer.query, f"{answer.status} {answer.location} {answer.text[:400]}"
        return answer.query["code"]

    def redeem(self, code: str, **changes: str | None) -> Reply:
        """Redeem a code at the token endpoint."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.redirect_uris[0],
            "code_verifier": self.verifier,
        } | changes
        return self.post("/oauth2/token", **fields)

    def tokens(self, browser: Browser, **changes: str | None) -> dict:
        """All the tokens of a new sign-in."""
        answer = self.redeem(self.code(browser, **changes))
        assert answer.status == 200, answer.text
        return answer.json()

    def refresh(self, token: str, **changes: str | None) -> Reply:
        return self.post("/oauth2/token", grant_type="refresh_token", refresh_token=token, **changes)

    def introspect(self, token: str) -> dict:
        answer = self.post("/oauth2/introspect", token=token)
        assert answer.status == 200, answer.text
        return answer.json()

    def userinfo(self, token: str) -> Reply:
        return get(self.site, "/oauth2/userinfo", authorization=f"Bearer {token}")

    def post(self, path: str, **fields: str | None) -> Reply:
        """Post a form as this client, authenticated by its registered method."""
        sent = {name: value for name, value in fields.items() if value is not None}
        headers = {}
        if self.registration.token_endpoint_auth_method is AuthMethod.CLIENT_SECRET_BASIC:
            headers["authorization"] = self.basic()
        elif self.registration.token_endpoint_auth_method is AuthMethod.CLIENT_SECRET_POST:
            sent |= {"client_id": self.client_id, "client_secret": self.secret}
        elif self.registration.token_endpoint_auth_method is AuthMethod.NONE:
            sent = {"client_id": self.client_id} | sent
        return post(self.site, path, sent, **headers)

    def basic(self, secret: str | None = None) -> str:
        shown = f"{self.client_id}:{self.secret if secret is None else secret}"
        return "Basic " + base64.b64encode(shown.encode()).decode()

    def pretending(self, other: "RelyingParty") -> "RelyingParty":
        """This client with another one's verifier, as if it had caught its code."""
        return replace(self, verifier=other.verifier)


def post(site: Site, path: str, fields: dict[str, str], **headers: str) -> Reply:
    """Post a form without a browser."""
    sent = {"content-type": "application/x-www-form-urlencoded", **headers}
    answer = HTTP.post(site.issuer + path, content=urlencode(fields), headers=sent, timeout=30)
    return Reply(answer.status_code, dict(answer.headers), answer.text)


def get(site: Site, path: str, **headers: str) -> Reply:
    answer = HTTP.get(urljoin(site.issuer, path), headers=headers, timeout=30)
    return Reply(answer.status_code, dict(answer.headers), answer.text)


def payload_of(token: str) -> dict:
    """What a JWT says, unverified."""
    segment = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def header_of(token: str) -> dict:
    segment = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
