"""What tests of Debian's own clients share: configuration from deploy/, certificates, namespaces, prompts."""

import os
import pty
import re
import select
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from idp.radius.configuration import NasExtension
from idp.radius.nas import NasSettings

DEPLOY = Path(__file__).parents[2] / "deploy"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces and PAM need root")


def settings_of(product: str, name: str, address: str) -> dict:
    """Return the NAS settings of deploy/PRODUCT/application.toml, for a NAS at `address`."""
    table = tomllib.loads((DEPLOY / product / "application.toml").read_text())["applications"][name]
    part = {key: value for key, value in table["radius"].items() if key != "shared_secret"}
    part |= {"networks": [f"{address}/32"], "language": "en"}
    settings: NasSettings = NasExtension().parse(part, "applications.test.radius").settings
    return {field: getattr(settings, field) for field in settings.__slots__}


def rendered(product: str, folder: Path, /, **values: object) -> Path:
    """Write the files of deploy/PRODUCT into `folder` with every @NAME@ in place."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in (DEPLOY / product).iterdir():
        text = source.read_text()
        text = re.sub(r"@([A-Z_]+)@", lambda found: str(values.get(found[1].lower(), found[0])), text)
        (folder / source.name).write_text(text)
        (folder / source.name).chmod(0o600)
    return folder


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path, Path]:
    """Make an authority and a server's certificate; return authority, certificate, key."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        "req",
        "-x509",
        *key,
        "-days",
        "2",
        "-subj",
        "/CN=Test authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    )
    (folder / "ext").write_text(
        f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature,keyAgreement\n"
    )
    openssl("req", *key, "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "ext", "-out", "server.pem")  # fmt: skip
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


@contextmanager
def process(*command: str, log: Path, cwd: Path | None = None) -> Iterator[subprocess.Popen]:
    """Run something in a process group of its own until the block ends."""
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=cwd, start_new_session=True
        )
        try:
            yield running
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(running.pid, number)
                except ProcessLookupError:
                    break
                try:
                    running.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    continue
            running.wait(timeout=10)


def said(log: Path, words: str, seconds: float = 40.0) -> None:
    """Wait until a log says something."""
    until = time.monotonic() + seconds
    while not re.search(words, log.read_text(errors="replace") if log.exists() else ""):
        assert time.monotonic() < until, f"never said {words!r}:\n{log.read_text(errors='replace')[-4000:]}"
        time.sleep(0.1)


class Namespaces:
    """A server's and a client's network namespace: this machine ↔ server ↔ client, each way with its own /30."""

    def __init__(self, number: int) -> None:
        self.server, self.client = f"pvs{number}", f"pvc{number}"
        net = f"10.199.{number % 250}"
        self.here, self.nas = f"{net}.1", f"{net}.2"
        self.gateway, self.visitor = f"{net}.5", f"{net}.6"
        self._link = f"pvl{number}"

    def __enter__(self):
        self.close()
        for name in (self.server, self.client):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", self._link, "type", "veth", "peer", "name", "up0", "netns", self.server)
        ip("addr", "add", f"{self.here}/30", "dev", self._link)
        ip("link", "set", self._link, "up")
        ip(
            "-n",
            self.server,
            "link",
            "add",
            "down0",
            "type",
            "veth",
            "peer",
            "name",
            "up0",
            "netns",
            self.client,
        )
        for name, device, address in (
            (self.server, "up0", self.nas),
            (self.server, "down0", self.gateway),
            (self.client, "up0", self.visitor),
        ):
            ip("-n", name, "addr", "add", f"{address}/30", "dev", device)
            ip("-n", name, "link", "set", device, "up")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for name in (self.server, self.client):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._link], check=False, capture_output=True)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=30)


def within(namespace: str, *command: str) -> tuple[str, ...]:
    return ("ip", "netns", "exec", namespace, *command)


class Terminal:
    """A program that asks at a terminal; `answer` waits for its words and types."""

    def __init__(self, *command: str) -> None:
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self._end)
        os.waitpid(self.pid, 0)

    def wait(self, words: str, seconds: float = 40.0) -> None:
        """Read until the program has said something new."""
        until = time.monotonic() + seconds
        while not (found := re.search(words, self.text)):
            assert time.monotonic() < until, f"never said {words!r}:\n{self.text}"
            ready = _readable(self._end)
            if ready:
                try:
                    read = os.read(self._end, 65536)
                except OSError:
                    read = b""
                assert read or re.search(words, self.text), f"ended without {words!r}:\n{self.text}"
                self.text += read.decode(errors="replace")
        self.text = self.text[found.end() :]

    def answer(self, words: str, typed: str) -> None:
        self.wait(words)
        time.sleep(0.1)  # a program may throw away what was typed before it asked
        os.write(self._end, typed.encode() + b"\n")


def number_of_worker() -> int:
    """A number of this process's own among those that test at the same time."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return 20 + int(re.sub(r"\D", "", worker) or 0)


def _readable(end: int) -> bool:
    """Wait a little by poll: a process of many tests has descriptors that select() cannot take."""
    waiting = select.poll()
    waiting.register(end, select.POLLIN)
    return bool(waiting.poll(500))
