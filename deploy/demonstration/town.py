"""Brings Ekvik up: directory, Portvakt, the two systems, the proxy, the start page, in that order.

Owns the order and what is done only once. Each step says what it does and how long it took.
"""

import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.demonstration import front_proxy
from deploy.demonstration.accounts import (
    ADMINISTRATOR,
    IT_REPRESENTATIVE,
    DemoAccount,
    demo_accounts,
    import_file,
)
from deploy.demonstration.eservice import Eservice
from deploy.demonstration.intranet import Intranet
from deploy.demonstration.ports import Ports
from deploy.demonstration.portvakt import NEEDS_A_DECISION, ROOT, Portvakt
from deploy.demonstration.processes import Child, Children, answers_http
from deploy.demonstration.start_page.content import Address, Content
from deploy.demonstration.state import Kept, State, write_private
from deploy.demonstration.summary import Radius, Summary, System
from deploy.municipality.generate import build, directory_ldif
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD, Slapd

DISCOVERY = "/.well-known/openid-configuration"


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    print(f"▸ {text} … ", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


class Town:
    """One running demo."""

    def __init__(self, state: State, ports: Ports, kept: Kept, children: Children) -> None:
        self._state, self._ports, self._kept, self._children = state, ports, kept, children
        host, port = ports.directory
        self._slapd = Slapd(state.inner("slapd"), address=host, port=port)
        self._portvakt = Portvakt(state.inner("portvakt"), ports)
        self._intranet = Intranet(
            *ports.intranet, ports.issuer, "intranet", kept.intranet_secret, kept.intranet_passphrase
        )
        self._eservice = Eservice(*ports.eservice, ports.issuer)
        self._accounts = demo_accounts(build(kept.day, seed=kept.seed))

    def bring_up(self) -> Summary:
        """Do everything that is not done yet, start everything, and say where it is."""
        self._start_directory()
        self._set_up_portvakt()
        self._start_servers()
        summary = self._summary()
        self._start_start_page(summary)
        return summary

    def _once(self, name: str, text: str, action: Callable[[], object]) -> None:
        """A step of the first run; a run that was stopped in the middle of it does it again."""
        if not self._state.done(name):
            with step(text):
                action()
            self._state.mark_done(name)

    def _start_directory(self) -> None:
        slapd = self._slapd

        def load() -> None:
            slapd.clear()
            slapd.load(directory_ldif(self._kept.day, seed=self._kept.seed))

        self._once("directory", "Generating Ekvik's 2,400 employees and loading them into slapd", load)
        with step("Starting slapd"):
            child = self._children.start("slapd", slapd.serve_command(), folder=self._state.folder)
            self._children.wait_for(child, slapd.answers)

    def _set_up_portvakt(self) -> None:
        portvakt = self._portvakt
        self._once("init", "Setting up Portvakt: settings, master key, database", portvakt.initialise)
        portvakt.write_settings()
        self._configure()
        self._once("sync", "Synchronising the directory's people, units and groups", self._synchronise)
        self._once("people", "Giving some people a second factor, and roles to two", self._prepare_people)

    def _configure(self) -> None:
        """`portvakt apply`, if the file says anything new since it was last applied."""
        file, applied = self._write_configuration(), self._state.folder / "applied.toml"
        text = file.read_text(encoding="utf-8")
        if applied.exists() and applied.read_text(encoding="utf-8") == text:
            return
        with step("Applying the configuration"):
            # A newer version's schema first; `portvakt serve` would do it, but later.
            self._portvakt.run("upgrade")
            said = self._portvakt.run("apply", str(file), also=(NEEDS_A_DECISION,))
        print(f"    {said.strip().splitlines()[-1]}")
        write_private(applied, text)

    def _synchronise(self) -> None:
        self._portvakt.run("sync", also=(NEEDS_A_DECISION,))

    def _prepare_people(self) -> None:
        file = self._state.folder / "seeds.csv"
        write_private(file, import_file(self._accounts))
        try:
            # 3: who was stopped in this very step has the seed already, and is left out.
            self._portvakt.run("factor", "import", str(file), also=(NEEDS_A_DECISION,))
        finally:
            file.unlink()
        for account in self._accounts:
            if account.role in {ADMINISTRATOR, IT_REPRESENTATIVE}:
                self._appoint(account)

    def _appoint(self, account: DemoAccount) -> None:
        if account.role == ADMINISTRATOR:
            self._portvakt.run("administrator", "appoint", account.login)
            return
        where = ("--unit", account.administration, "--reason", "IT-ombud")
        self._portvakt.run("role", "give", account.login, account.role, *where)

    def _write_configuration(self) -> Path:
        intranet, eservice = self._intranet, self._eservice
        values = {
            "directory_url": self._slapd.url, "base_dn": BASE_DN, "reader_dn": READER_DN,
            "intranet_url": f"{intranet.origin}/", "intranet_redirect": intranet.redirect_uri,
            "intranet_signed_out": intranet.signed_out_uri, "intranet_logout": intranet.logout_uri,
            "eservice_url": f"{eservice.origin}/",
            "eservice_metadata": str(eservice.write_metadata(self._state.inner("saml"))),
        }  # fmt: skip
        secrets = {
            "directory": READER_PASSWORD,
            "intranet": self._kept.intranet_secret,
            "vpn": self._kept.vpn_secret,
        }
        return self._portvakt.write_configuration(values, secrets)

    def _start_servers(self) -> None:
        state, children = self._state.folder, self._children
        with step("Starting Portvakt behind its proxy"):
            portvakt = children.start("portvakt", self._portvakt.command("serve"), folder=ROOT)
            proxy = children.start("front-proxy", front_proxy.prepare(self._ports, state), folder=state)
            children.wait_for(portvakt, answers_http(*self._ports.portvakt, DISCOVERY))
            children.wait_for(proxy, answers_http("localhost", self._ports.first, DISCOVERY))
        with step("Starting the intranet and the e-service (Apache)"):
            command = self._intranet.prepare(state, self._state.inner("logs") / "intranet-errors.log")
            intranet = children.start(
                "intranet", command, folder=state, environment=self._intranet.environment()
            )
            eservice = self._start_eservice()
            children.wait_for(intranet, answers_http(*self._ports.intranet, "/signed-out"))
            children.wait_for(eservice, answers_http(*self._ports.eservice, "/signed-out"))

    def _start_eservice(self) -> Child:
        state = self._state.folder
        # The provider publishes for each service, with the key first that signs for it.
        with urllib.request.urlopen(f"{self._ports.issuer}/saml/metadata/eservice", timeout=30) as answer:
            published = answer.read().decode("utf-8")
        log = self._state.inner("logs") / "eservice-errors.log"
        command = self._eservice.prepare(state, self._state.inner("saml"), log, published)
        return self._children.start(
            "eservice", command, folder=state, environment=self._eservice.environment()
        )

    def _summary(self) -> Summary:
        return Summary(
            issuer=self._ports.issuer,
            start_page=self._ports.start_page_url,
            directory_url=self._slapd.url,
            settings=self._portvakt.settings,
            systems=[
                System("intranet", "oidc", f"{self._intranet.origin}/"),
                System("eservice", "saml", f"{self._eservice.origin}/"),
            ],
            radius=Radius(*self._ports.radius, self._ports.radius_accounting[1], self._kept.vpn_secret),
            accounts=self._accounts,
        )

    def _start_start_page(self, summary: Summary) -> None:
        host, port = self._ports.start_page
        addresses = [
            Address(summary.systems[0].url, "Navet, intranätet", "Navet, the intranet"),
            Address(summary.systems[1].url, "E-tjänsteportalen", "The e-service portal"),
            Address(summary.portal, "Mina system", "My systems"),
            Address(summary.administration, "Administration", "Administration"),
        ]
        content = Content(port, summary.directory_url, READER_DN, addresses, self._accounts)
        file = self._state.folder / "start-page.json"
        write_private(file, content.as_json())
        with step("Starting the start page"):
            child = self._children.start("start-page", _module("start_page", file), folder=ROOT)
            self._children.wait_for(child, answers_http(host, port, "/"))


def _module(name: str, file: Path) -> list[str]:
    return [sys.executable, "-m", f"deploy.demonstration.{name}", str(file)]
