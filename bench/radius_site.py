"""A Portvakt that serves RADIUS in a process of its own, as `portvakt radius` does, and who signs in through it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.code_holders import Codes
from bench.installation import ROOT, Installation
from bench.load import LoadFailed
from bench.population import PASSWORD, Resident, populate
from bench.processes import free_port, serving
from bench.radius_client import Client
from bench.workbench import Workbench
from idp.storage.unit_of_work import SqlDatabase
from mfa import FactorKind, Seed, token_stock
from mfa.token_stock import Moved

SECRETS = {
    "codes": "bench-c0des-0123456789abcdef",
    "both": "bench-b0th-0123456789abcdefg",
    "flood": "bench-fl00d-0123456789abcdef",
}
ADDRESSES = {"codes": "127.0.0.1", "both": "127.0.0.2", "flood": "127.0.0.3"}
#: Enough for ten seconds of codes that are used once, three for each half minute.
_ACCOUNTS = 24_000


@dataclass(frozen=True, slots=True)
class Site:
    """A running server."""

    port: int
    pid: int

    def client(self, name: str) -> Client:
        """Return a client's way to it."""
        return Client(self.port, SECRETS[name].encode(), ADDRESSES[name])


@dataclass
class RadiusInstallation:
    """One installation for all runs: codes that were used in one are not used in the next."""

    installation: Installation
    apps: Codes
    buttons: Codes
    after_password: Codes

    @classmethod
    def make(cls, bench: Workbench) -> "RadiusInstallation":
        """Set up anew, with accounts that have an app, and some that have a button besides."""
        count = _ACCOUNTS if bench.options.accounts >= _ACCOUNTS // 10 else bench.options.accounts
        bench.say(f"setting up Portvakt with {count:,} accounts and network access servers")
        configuration = (ROOT / "bench" / "radius.toml").read_text(encoding="utf-8")
        made = Installation.empty(bench.folder / "portvakt-radius", configuration, SECRETS)
        with made.database() as opened:
            residents = populate(opened, count, count)
            buttons = give_buttons(opened, residents[: count // 20])
        seeds = [(one.login, one.seed) for one in residents[count // 20 :]]
        half = len(seeds) // 2
        return cls(
            made,
            Codes(seeds[half:], counted=False),
            Codes(buttons, counted=True),
            Codes(seeds[:half], counted=False, before=PASSWORD),
        )

    @contextmanager
    def serving(self, folder: Path) -> Iterator[Site]:
        """Run `portvakt radius` while the block lasts."""
        site_port, accounting = free_port(), free_port()
        environment = {
            "PORTVAKT_RADIUS__PORT": str(site_port),
            "PORTVAKT_RADIUS__ACCOUNTING_PORT": str(accounting),
        }
        command = self.installation.command("radius")
        with (
            Client(site_port, SECRETS["codes"].encode()) as asking,
            serving(
                command,
                site_port,
                folder / "radius.log",
                folder=ROOT,
                environment=environment,
                ready=asking.is_well,
            ) as pid,
        ):
            yield Site(site_port, pid)


def give_buttons(database: SqlDatabase, residents: Sequence[Resident]) -> list[tuple[str, bytes]]:
    """Hand hardware tokens out; return logins and seeds."""
    now = datetime.now(UTC)
    with database.write() as uow:
        for one in residents:
            seed = Seed(serial=f"B-{one.login}", kind=FactorKind.HOTP, secret=one.seed)
            token_stock.take_in(uow.factors, [seed], now)
            moved = token_stock.hand_out(uow.factors, seed.serial, one.account_id, now)
            if not isinstance(moved, Moved):
                raise LoadFailed(f"{seed.serial}: {moved}")
    return [(one.login, one.seed) for one in residents]
