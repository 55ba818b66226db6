"""Every page as a scene: how a browser gets there on the sample site. For the accessibility tests and for pictures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

from playwright.sync_api import Page

from directory_sync.watched import Watched, WatchState
from idp.domain.account import Role
from idp.domain.approvals import LASTS, Approval, State
from idp.domain.entitlements import DefinedRole, Entitlement, Kind
from idp.domain.handles import AccountId, new_id
from idp.domain.hiring import SOURCE
from idp.domain.roles import Act
from idp.storage.tables import directories, outbox, sync_runs
from tests.provisioning.town import record
from tests.support.network_site import connect_vpn, connected
from tests.support.saml_scenes import SAML_SCENES
from tests.support.sample_site import PASSWORD, SCOPE, SampleSite
from tests.support.taken_back import SiteTown, changed_town
from tests.support.token_scenes import TOKEN_SCENES
from tests.support.units import sow
from tests.support.virtual_authenticator import plug_in

_numbers = count(1)


@dataclass
class Stage:
    """One browser page before the sample site. Each scene signs in as somebody new: a code is used once."""

    page: Page
    site: SampleSite

    def somebody(self, name: str = "Anna Svensson", **kinds: object) -> str:
        given, _, surname = name.partition(" ")
        login = f"{given[:3]}{surname[:3]}{next(_numbers)}".lower()
        return self.site.add(login, name, **kinds).login

    def goto(self, path: str) -> None:
        self.page.goto(self.site.issuer + path)

    def submit(self) -> None:
        self.page.locator("main form button.main").first.click()

    def password(self, login: str, password: str = PASSWORD, *, at: str = "/open/intranet") -> None:
        self.goto(at)
        self.page.fill("#username", login)
        self.page.fill("#password", password)
        self.submit()

    def code(self, login: str) -> None:
        self.page.fill("#code", self.site.totp(login))
        self.submit()

    def signed_in(self, **kinds: object) -> str:
        login = self.somebody(totp=True, **kinds)
        self.password(login)
        self.code(login)
        return login

    def without_offer(self) -> None:
        """As in a browser without conditional mediation: a virtual authenticator takes the offer at once."""
        self.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")

    def administrator(self) -> str:
        return self.signed_in(name="Eva Bergström", roles=[Role.ADMINISTRATOR])


def sign_in(stage: Stage) -> None:
    stage.goto("/open/intranet")


def sign_in_wrong(stage: Stage) -> None:
    stage.password(stage.somebody(), "fel lösenord")


def sign_in_again(stage: Stage) -> None:
    my_security_stale(stage)
    stage.page.locator('form[action="/security/confirm"] button').click()


def activation(stage: Stage) -> None:
    stage.goto("/sign-in")
    stage.page.locator(".aside a").first.click()


def code_to_send(stage: Stage) -> None:
    login = stage.somebody()
    stage.site.number(login)
    stage.password(login)


def code_sent(stage: Stage) -> None:
    code_to_send(stage)
    stage.page.locator('form[action="/sign-in/call"] button').click()


def forgotten(stage: Stage) -> None:
    stage.goto("/sign-in")
    stage.page.locator(".aside a").last.click()


def forgotten_wrong(stage: Stage) -> None:
    forgotten(stage)
    stage.page.fill("#username", stage.somebody())
    stage.page.fill("#code", "000000")
    stage.page.fill("#recovery-code", "0000-0000-0000-0000")
    stage.submit()


def activation_known(stage: Stage) -> None:
    stage.password(stage.somebody(), at="/open/strict")


def new_password_expired(stage: Stage) -> None:
    stage.password(stage.somebody(expired=True))


def new_password_first(stage: Stage) -> None:
    login = stage.somebody(local=True)
    activation(stage)
    stage.page.fill("#username", login)
    stage.page.fill("#code", stage.site.activation_code(login))
    stage.submit()


def new_password_short(stage: Stage) -> None:
    new_password_first(stage)
    stage.page.fill("#new-password", "kort")
    stage.page.fill("#new-password-again", "kort")
    stage.submit()


def code(stage: Stage) -> None:
    login = stage.somebody(totp=True)
    stage.site.temporary_code(login)
    stage.password(login)


def code_trust(stage: Stage) -> None:
    stage.password(stage.somebody(totp=True), at="/open/trusting")


def my_devices(stage: Stage) -> None:
    login = stage.somebody(totp=True)
    stage.password(login, at="/open/trusting")
    stage.page.check("#trust")
    stage.code(login)
    stage.goto("/security")


def code_wrong(stage: Stage) -> None:
    code(stage)
    stage.page.fill("#code", "000000")
    stage.submit()


def code_temporary(stage: Stage) -> None:
    code(stage)
    stage.page.locator(".aside a").first.click()


def enrol(stage: Stage) -> None:
    login = stage.somebody()
    stage.password(login, at="/open/strict")
    stage.page.fill("#code", stage.site.activation_code(login))
    stage.submit()
    stage.page.locator("details summary").click()


def passkey(stage: Stage) -> None:
    """The second factor's page, whose passkey nobody touches."""
    login = stage.somebody(totp=True)
    plug_in(stage.page)
    stage.password(login, at="/open/resistant")
    stage.code(login)
    stage.page.locator("[data-passkey] button").click()
    stage.page.wait_for_selector('form[action="/sign-in/recovery-codes"]')
    stage.page.context.clear_cookies()
    stage.without_offer()
    stage.password(login)
    stage.page.wait_for_selector("[data-passkey]:not([hidden])")


def new_passkey(stage: Stage) -> None:
    login = stage.somebody(totp=True)
    stage.password(login, at="/open/resistant")
    stage.code(login)


def my_passkeys(stage: Stage) -> None:
    plug_in(stage.page)
    my_security(stage)
    stage.page.locator('form[action="/security/passkeys/new"] button').click()
    stage.page.locator('form[action="/security/passkeys"] button').click()
    stage.page.wait_for_selector(".rows details")


def my_passkey_new(stage: Stage) -> None:
    my_security(stage)
    stage.page.locator('form[action="/security/passkeys/new"] button').click()


def recovery_codes(stage: Stage) -> None:
    enrol(stage)
    shown = stage.page.locator(".secret").inner_text().replace(" ", "")
    stage.page.fill("#code", stage.site.code_of(shown))
    stage.submit()


def turned_away(stage: Stage) -> None:
    stage.password(stage.somebody(totp=True), at="/open/payroll")


def lost(stage: Stage) -> None:
    stage.goto("/sign-in?journey=unknown")


def my_systems(stage: Stage) -> None:
    stage.signed_in()


def my_systems_none(stage: Stage) -> None:
    stage.signed_in()
    with stage.site.without_systems():
        stage.goto("/")


def my_sessions(stage: Stage) -> None:
    login = stage.signed_in()
    stage.site.session_elsewhere(login)
    stage.goto("/sessions")


def my_data(stage: Stage) -> None:
    login = stage.signed_in()
    stage.site.told(login, "intranet")
    stage.goto("/my-data")


def my_security(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/security")


def my_security_cooling(stage: Stage) -> None:
    login, now = stage.signed_in(), stage.site.now()
    with stage.site.database.write() as uow:
        uow.accounts.cool_off(AccountId(stage.site.residents[login].account_id), now + timedelta(days=1))
    stage.goto("/security")


def approvals(stage: Stage) -> None:
    """One that somebody else asked for, one of one's own that is approved."""
    chief, other = (stage.somebody(name, roles=[Role.ADMINISTRATOR]) for name in ("Olle Ek", "Ulla Ask"))
    mine = stage.administrator()
    with stage.site.database.write() as uow:
        for asker, decided in ((other, ""), (mine, "x")):
            asked_by, now = AccountId(stage.site.residents[asker].account_id), stage.site.now()
            one = Approval(
                new_id(), AccountId(stage.site.residents[chief].account_id), Act.ISSUE_TEMPORARY_CODE,
                {"hours": "8", "uses": "1", "purpose": "sign_in"}, "Telefonen är kvar hemma", asked_by, now,
                now + LASTS,
            )  # fmt: skip
            uow.approvals.add(one)
            if decided:
                uow.approvals.move(one, State.APPROVED, decided, now)
    stage.goto("/administration/approvals")


def my_security_stale(stage: Stage) -> None:
    login = stage.signed_in()
    stage.site.age_proofs(login)
    stage.goto("/security")


def my_authenticator(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/security")
    stage.page.locator('form[action="/security/authenticators"] button').click()


def my_recovery_codes(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/security")
    stage.page.locator('form[action="/security/recovery-codes"] button').click()


def my_password(stage: Stage) -> None:
    login = stage.signed_in()
    stage.site.make_local(login)
    stage.goto("/security")
    stage.page.fill("#password", "fel lösenord")
    stage.page.fill("#new-password", "tre gröna båtar på sjön")
    stage.page.fill("#new-password-again", "tre gröna båtar på sjön")
    stage.page.locator('form[action="/security/password"] button').click()


def sign_out(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/sign-out")


def signed_out(stage: Stage) -> None:
    login = stage.signed_in()
    stage.site.take_part(login, "intranet", "e-service")
    stage.goto("/sign-out")
    stage.submit()


def administration(stage: Stage) -> None:
    _fill_overview(stage.site)
    stage.administrator()
    stage.goto("/administration")


def people(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/people?words=Lindstr%C3%B6m")


def person(stage: Stage) -> None:
    login = stage.somebody("Karin Öberg")
    stage.site.session_elsewhere(login)
    stage.administrator()
    stage.goto(f"/administration/people/{stage.site.residents[login].person_id}")


def person_disabled(stage: Stage) -> None:
    person(stage)
    stage.page.locator('a[href*="/disable?"]').click()
    stage.page.fill("#reason", "Slutade i förtid")
    stage.submit()
    stage.page.locator("main form button.danger").click()


def person_act(stage: Stage) -> None:
    person(stage)
    stage.page.locator('a[href*="/temporary-code?"]').click()


def person_act_foreseen(stage: Stage) -> None:
    person(stage)
    stage.page.locator('a[href*="/disable?"]').click()
    stage.page.fill("#reason", "Slutade i förtid")
    stage.submit()


def person_unit(stage: Stage) -> None:
    login, site = stage.somebody("Karin Öberg"), stage.site
    person, now = site.residents[login].person_id, site.now()
    with site.database.write() as uow:
        if uow.roles.place("B1") is None:
            sow(uow.connection, {"B1": None, "B2": "B1"})
        uow.people.employ(person, SOURCE, "B1", "", now, now + timedelta(days=90))
    stage.administrator()
    stage.goto(f"/administration/people/{person}/unit")
    stage.page.fill("#unit", "B2")
    stage.page.fill("#reason", "Nytt uppdrag")
    stage.submit()


def systems(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/systems")


def system(stage: Stage) -> None:
    stage.administrator()
    here = f"/administration/systems/{stage.site.systems['payroll']}"
    stage.goto(f"{here}?login=annsve&from=203.0.113.9")


def system_connect(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/oidc/connect")


def system_connect_foreseen(stage: Stage) -> None:
    system_connect(stage)
    stage.page.fill("#name", f"bygglov{next(_numbers)}")
    stage.page.fill("#title", "Bygglov")
    stage.page.fill("#redirect_uris", "https://bygglov.sundby.example/callback")
    stage.page.fill("#reason", "Upphandlat")
    stage.submit()


def system_connected(stage: Stage) -> None:
    system_connect_foreseen(stage)
    stage.submit()


def system_connection(stage: Stage) -> None:
    stage.administrator()
    stage.goto(f"/administration/oidc/systems/{stage.site.systems['payroll']}?login=annsve")


def system_policy(stage: Stage) -> None:
    stage.administrator()
    stage.goto(f"/administration/systems/{stage.site.systems['payroll']}/policy")


def system_policy_foreseen(stage: Stage) -> None:
    system_policy(stage)
    stage.page.check("#listed")
    stage.page.fill("#reason", "Bara lönekontoret")
    stage.submit()


def system_access(stage: Stage) -> None:
    system, site = stage.site.systems["payroll"], stage.site
    with site.database.write() as uow:
        uow.entitlements.define(system, DefinedRole("clerk", "Handläggare"))
        for kind, role in ((Kind.KEPT_OUT, ""), (Kind.ROLE, "clerk")):
            one = Entitlement(system, site.residents["bojoha"].account_id, kind, role)
            uow.entitlements.add(one, "Bytte tjänst", "", site.now())
    stage.administrator()
    stage.goto(f"/administration/systems/{system}/access")


def roles(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/roles")


def synchronisation(stage: Stage) -> None:
    _fill_overview(stage.site)
    _follow(stage.site)
    stage.administrator()
    stage.goto("/administration/synchronisation")


def run_applied(stage: Stage) -> SiteTown:
    """Each scene has a directory of its own."""
    town = changed_town(stage.site, str(next(_numbers)))
    stage.administrator()
    stage.goto(f"/administration/synchronisation/{town.newest()}")
    return town


def run_undo(stage: Stage) -> SiteTown:
    town = run_applied(stage)
    stage.page.locator('a[href$="/undo"]').click()
    return town


def run_undo_for_one(stage: Stage) -> None:
    run_applied(stage)
    stage.page.locator('a[href*="/undo?line="]').first.click()


def run_undone(stage: Stage) -> None:
    """Taken back for one person, then for the rest: the page of the run that did the latter."""
    run_undo_for_one(stage)
    _give_reason_and_do(stage)
    stage.page.locator("main .card a").first.click()
    stage.page.locator('a[href$="/undo"]').click()
    _give_reason_and_do(stage)


def run_taken_back(stage: Stage) -> None:
    run_undone(stage)
    stage.page.locator("main .card a").first.click()


def run_undo_overtaken(stage: Stage) -> None:
    town = run_undo(stage)
    town.synchronise(
        record("anna", "Anna Lindh"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny")
    )
    _give_reason_and_do(stage)


def _give_reason_and_do(stage: Stage) -> None:
    stage.page.fill("#reason", "Fel fil lästes in")
    stage.page.locator("main form button.danger").click()


def review(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/review")


def finding(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/review?finding=without_factor&sort=name")


def log(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/log")


def api_tokens(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/api-tokens")
    stage.page.fill("#name", "Personalsystemet")
    stage.page.check("#act_see_person")
    stage.submit()


def incident(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/incident")


def hire(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/hire")


def network_access(stage: Stage) -> None:
    connected(stage.site, "annsve")
    stage.administrator()
    stage.goto("/administration/network-access?address=10.8.0.6")


def network_access_server(stage: Stage) -> None:
    connected(stage.site, "annsve")
    stage.administrator()
    stage.goto(f"/administration/network-access/{connect_vpn(stage.site)}?person=annsve")


def network_access_connect(stage: Stage) -> None:
    stage.administrator()
    stage.goto("/administration/network-access/connect?like=cisco")


def network_access_foreseen(stage: Stage) -> None:
    network_access_connect(stage)
    stage.page.fill("#name", f"vpn{next(_numbers)}")
    stage.page.fill("#title", "Distansarbete")
    stage.page.fill("#networks", f"192.0.2.{next(_numbers) % 200 + 20}/32")
    stage.page.fill("#reason", "Upphandlat")
    stage.submit()


def network_access_connected(stage: Stage) -> None:
    network_access_foreseen(stage)
    stage.submit()


def network_access_settings(stage: Stage) -> None:
    stage.administrator()
    stage.goto(f"/administration/network-access/{connect_vpn(stage.site)}/settings")


def persons_connections(stage: Stage) -> None:
    connected(stage.site, "annsve")
    stage.administrator()
    stage.goto(f"/administration/people/{stage.site.residents['annsve'].person_id}/connections")


def administration_refused(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/administration")


def not_found(stage: Stage) -> None:
    stage.goto("/does-not-exist")


def too_old(stage: Stage) -> None:
    stage.goto("/open/intranet")
    stage.page.context.clear_cookies()
    stage.page.fill("#username", "annsve")
    stage.page.fill("#password", PASSWORD)
    stage.submit()


def asked_by(stage: Stage, system: str) -> None:
    """A system's request, as its own pages send it (RFC 6749 §4.1.1)."""
    asked = {
        "client_id": system,
        "redirect_uri": f"https://{system}.sundby.example/callback",
        "response_type": "code",
        "scope": " ".join(SCOPE),
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    stage.goto(f"/oauth2/authorize?{urlencode(asked)}")


def consent(stage: Stage) -> None:
    stage.signed_in()
    asked_by(stage, "e-service")


def system_turned_away(stage: Stage) -> None:
    stage.signed_in()
    asked_by(stage, "payroll")


def system_unknown(stage: Stage) -> None:
    asked_by(stage, "nobody")


def sign_out_for_a_system(stage: Stage) -> None:
    stage.signed_in()
    stage.goto("/oauth2/logout?client_id=e-service")


def signed_out_for_a_system(stage: Stage) -> None:
    sign_out_for_a_system(stage)
    stage.submit()


def _follow(site: SampleSite) -> None:
    now = site.now()
    follows = Watched(
        state=WatchState.FOLLOWING, mechanism="syncrepl", current_at=now - timedelta(seconds=3),
        changed_at=now - timedelta(minutes=5), took=timedelta(milliseconds=12), changes=1304, full_at=now,
    )  # fmt: skip
    fails = replace(follows, state=WatchState.WAITING, current_at=now - timedelta(hours=3), changes=7)
    fails = replace(fails, error="the directory cannot be reached (Can't contact LDAP server)", error_at=now)
    with site.database.write() as uow:
        for name, watched in {"personalkatalogen": follows, "skolkatalogen": fails}.items():
            if name not in uow.provisioning.directory_names():
                uow.connection.execute(directories.insert().values(name=name, settings={}))
            uow.provisioning.watches.put(name, watched, "nod-1")


def _fill_overview(site: SampleSite) -> None:
    now = site.now()
    run = {"source": "personalkatalogen", "started_at": now, "ended_at": now, "report": {}}
    with site.database.write() as uow:
        for state in ("applied", "held"):
            uow.connection.execute(sync_runs.insert().values(run | {"id": new_id(), "state": state}))
        uow.connection.execute(
            outbox.insert().values(
                topic="session.ended.oidc",
                lane="oidc",
                payload={},
                created_at=now,
                due_at=now,
                attempts=8,
                dead_at=now,
                last_error="the system did not answer within 5 seconds",
            )
        )


SCENES: dict[str, Callable[[Stage], object]] = {
    scene.__name__: scene
    for scene in (
        sign_in,
        sign_in_wrong,
        sign_in_again,
        activation,
        activation_known,
        code_to_send,
        code_sent,
        forgotten,
        forgotten_wrong,
        new_password_expired,
        new_password_first,
        new_password_short,
        code,
        code_trust,
        code_wrong,
        code_temporary,
        enrol,
        passkey,
        new_passkey,
        recovery_codes,
        turned_away,
        lost,
        my_systems,
        my_systems_none,
        my_sessions,
        my_data,
        my_security,
        my_security_stale,
        my_security_cooling,
        my_authenticator,
        my_passkeys,
        my_devices,
        my_passkey_new,
        my_recovery_codes,
        my_password,
        sign_out,
        signed_out,
        administration,
        people,
        person,
        person_disabled,
        network_access,
        network_access_server,
        network_access_connect,
        network_access_foreseen,
        network_access_connected,
        network_access_settings,
        persons_connections,
        person_act,
        approvals,
        person_act_foreseen,
        hire,
        person_unit,
        systems,
        system,
        system_connect,
        system_connect_foreseen,
        system_connected,
        system_connection,
        system_policy,
        system_policy_foreseen,
        system_access,
        roles,
        synchronisation,
        run_applied,
        run_undo,
        run_undo_for_one,
        run_undone,
        run_taken_back,
        run_undo_overtaken,
        review,
        finding,
        log,
        incident,
        api_tokens,
        administration_refused,
        not_found,
        too_old,
        consent,
        system_turned_away,
        system_unknown,
        sign_out_for_a_system,
        signed_out_for_a_system,
    )
} | TOKEN_SCENES
SCENES.update(SAML_SCENES)
