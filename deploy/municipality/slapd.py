"""A real slapd on a loopback address, for the demo, the tests and the bench.

Owns the server's folder, configuration and process. It knows the schema and where the reader
may read, nothing of who works in the municipality: it loads whatever LDIF it is handed.

The policies of passwords (ppolicy) are ordinary entries and come with the LDIF.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.municipality.certificates import ServerCertificate, issue_certificate
from deploy.municipality.schema import SCHEMA
from deploy.municipality.slapd_configuration import CONFIGURATION

BASE_DN = "dc=ekvik,dc=example"
SYSTEM_DN = f"ou=system,{BASE_DN}"
POLICY_DN = f"cn=standard,ou=policies,{SYSTEM_DN}"
READER_DN = f"cn=portvakt,{SYSTEM_DN}"
READER_PASSWORD = "Lasare-Ekvik-4711"
ADMIN_DN = f"cn=admin,{BASE_DN}"
ADMIN_PASSWORD = "Skotare-Ekvik-1147"

MODULES = Path("/usr/lib/ldap")
SCHEMAS = Path("/etc/ldap/schema")
GIBIBYTE = 1 << 30


class SlapdError(RuntimeError):
    """slapd, slapadd or ldapmodify failed; the text says how."""


def find_program(name: str) -> str:
    """A program's path: the servers' folders are not on an ordinary user's PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin")
    if found is None:
        raise SlapdError(f"{name} is missing: apt-get install slapd ldap-utils")
    return found


def free_port(address: str) -> int:
    """A port that is free now on this address."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


class Slapd:
    """One slapd in a private folder. Entering starts it, leaving stops it; the data stays.

    `with Slapd(tmp_path) as server: server.load(["…ldif…"])` or load first and start later.
    """

    def __init__(
        self,
        folder: Path,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        tls_port: int = 0,
        max_size: int = GIBIBYTE,
        durable: bool = True,
        prefix: tuple[str, ...] = (),
    ) -> None:
        """Write the configuration. Port 0 means any free one; `prefix` is put before the command."""
        self.folder = folder.resolve()
        self.address = address
        self.port = port or free_port(address)
        self.certificate: ServerCertificate | None = None
        self.tls_port = (tls_port or free_port(address)) if tls else 0
        self._prefix = prefix
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "data").mkdir(parents=True, exist_ok=True, mode=0o700)
        if tls:
            self.certificate = issue_certificate(self.folder / "tls", address)
        self._write_configuration(max_size, durable=durable)

    @property
    def url(self) -> str:
        return f"ldap://{self.address}:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://{self.address}:{self.tls_port}"

    @property
    def ca_file(self) -> Path:
        """The authority that signed the server's certificate."""
        if self.certificate is None:
            raise SlapdError("this slapd was made without TLS")
        return self.certificate.authority

    @property
    def configuration(self) -> Path:
        return self.folder / "slapd.conf"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_loaded(self) -> bool:
        return (self.folder / "data" / "data.mdb").exists()

    def _write_configuration(self, max_size: int, *, durable: bool) -> None:
        tls = ""
        if self.certificate:
            tls = (
                f"TLSCACertificateFile {self.certificate.authority}\n"
                f"TLSCertificateFile {self.certificate.certificate}\n"
                f"TLSCertificateKeyFile {self.certificate.key}\n"
            )
        (self.folder / "ekvik.schema").write_text(SCHEMA, encoding="utf-8")
        text = CONFIGURATION.format(
            schemas=SCHEMAS, modules=MODULES, folder=self.folder, tls=tls, max_size=max_size,
            base=BASE_DN, admin=ADMIN_DN, admin_password=ADMIN_PASSWORD, reader=READER_DN, policy=POLICY_DN,
            sync="" if durable else "dbnosync",
        )  # fmt: skip
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(text, encoding="utf-8")

    def load(self, ldif: Path | Iterable[str | bytes], *, quick: bool = True) -> None:
        """Load an empty, stopped database with slapadd; the pieces of an iterable are streamed.

        Quick mode (`slapadd -q`) is several times faster and does not check values: see
        `tests/municipality/test_slapd_accepts.py` for what slapd lets in either way.
        """
        if self._process:
            raise SlapdError("stop slapd before loading it")
        command = [find_program("slapadd"), "-f", str(self.configuration), "-w"]
        command += ["-q"] if quick else []
        command += ["-l", str(ldif)] if isinstance(ldif, Path) else []
        messages = self.folder / "slapadd.log"
        with messages.open("wb") as log:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
            _feed(child, () if isinstance(ldif, Path) else ldif)
        if child.wait() != 0:
            raise SlapdError(f"slapadd: {messages.read_text(errors='replace')[-2000:]}")

    def serve_command(self) -> list[str]:
        """What serves it in the foreground, for whoever looks after the process otherwise."""
        listen = self.url + (f" {self.tls_url}" if self.certificate else "")
        return [find_program("slapd"), "-d", "none", "-h", listen, "-f", str(self.configuration)]

    def start(self, *, within: float = 20.0) -> Self:
        """Start and wait until it answers."""
        command = [*self._prefix, *self.serve_command()]
        with (self.folder / "slapd.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        _wait_until(self.answers, within)
        return self

    def answers(self) -> bool:
        """Whether it takes connections; raises if it has stopped."""
        if self._process and self._process.poll() is not None:
            text = (self.folder / "slapd.log").read_text(errors="replace")[-2000:]
            raise SlapdError(f"slapd stopped at once: {text}")
        try:
            with socket.create_connection((self.address, self.port), timeout=1):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """Stop and wait; stopping what does not run does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it hang: connections are taken by the kernel and never answered."""
        if self._process:
            self._process.send_signal(19)

    def resume(self) -> None:
        if self._process:
            self._process.send_signal(18)

    def modify(self, ldif: str | bytes, *, dn: str = ADMIN_DN, password: str = ADMIN_PASSWORD) -> None:
        """Apply change records (RFC 2849 §2), as the administrator unless told otherwise."""
        command = [find_program("ldapmodify"), "-x", "-H", self.url, "-D", dn, "-w", password]
        data = ldif.encode() if isinstance(ldif, str) else ldif
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        if done.returncode != 0:
            raise SlapdError(f"ldapmodify: {done.stderr.decode(errors='replace')}")

    def clear(self) -> None:
        """Empty the database; slapd must be stopped."""
        if self._process:
            raise SlapdError("stop slapd before clearing it")
        for file in (self.folder / "data").iterdir():
            file.unlink()

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _feed(child: subprocess.Popen[bytes], pieces: Iterable[str | bytes]) -> None:
    """Write the pieces to the child; a child that has already failed tells why in its log."""
    if child.stdin is None:
        return
    try:
        for piece in pieces:
            child.stdin.write(piece.encode() if isinstance(piece, str) else piece)
        child.stdin.close()
    except BrokenPipeError:
        return


def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SlapdError(f"slapd did not answer within {seconds:.0f} s")
        time.sleep(0.02)
