"""A private Postfix that takes mail over STARTTLS and puts it in mailboxes of its own: the real other side of SMTP.

Its configuration, queue and mailboxes lie in a temporary folder; nothing of the machine's own Postfix is touched.
Postfix runs as root alone.
"""

import shutil
import subprocess
import tempfile
import time
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.municipality.certificates import issue_certificate
from tests.support.sample_site import free_port

DOMAIN = "sundby.example"
_ADDRESS = "127.0.0.1"
_MASTER = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """\
compatibility_level = 3.6
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = texthash:{folder}/recipients
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/tls/server.pem
smtpd_tls_key_file = {folder}/tls/server.key
smtpd_tls_CAfile = {folder}/tls/ca.pem
message_size_limit = 100000
"""


class Postfix:
    """`with Postfix(["anna@sundby.example"]) as postfix: … postfix.received("anna")`."""

    def __init__(self, recipients: list[str]) -> None:
        self._recipients = recipients
        self.folder = Path(tempfile.mkdtemp(prefix="portvakt-postfix-"))
        self.port = 0
        self.authority = self.folder / "tls" / "ca.pem"

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        self.port = free_port()
        issue_certificate(self.folder / "tls", _ADDRESS)
        try:
            self._write()
            self._postfix("start")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        subprocess.run(["/usr/sbin/postfix", "-c", self.folder, "stop"], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def received(self, name: str, count: int = 1, seconds: float = 30) -> list[Message]:
        """What lies in somebody's mailbox, once there are `count` messages."""
        until = time.monotonic() + seconds
        arrived = self.folder / "mailboxes" / name / "new"
        while time.monotonic() < until:
            files = sorted(arrived.iterdir()) if arrived.exists() else []
            if len(files) >= count:
                return [message_from_bytes(file.read_bytes()) for file in files]
            time.sleep(0.1)
        raise AssertionError(f"{name} has no {count} messages:\n{self._log()}")

    def _write(self) -> None:
        owner = _ids("postfix")
        nobody = _ids("nobody")
        for name in ("queue", "data", "mailboxes"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", *owner)
        shutil.chown(self.folder / "mailboxes", *nobody)
        lines = [f"{address} {address.partition('@')[0]}/\n" for address in self._recipients]
        (self.folder / "recipients").write_text("".join(lines))
        (self.folder / "master.cf").write_text(_MASTER.format(port=f"{_ADDRESS}:{self.port}"))
        values = {"folder": self.folder, "domain": DOMAIN, "uid": nobody[0], "gid": nobody[1]}
        (self.folder / "main.cf").write_text(_MAIN.format(**values))

    def _postfix(self, command: str) -> None:
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", self.folder, command], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise AssertionError(f"postfix {command}: {done.stderr}\n{self._log()}")

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else "no log"


def _ids(user: str) -> tuple[int, int]:
    import pwd

    found = pwd.getpwnam(user)
    return found.pw_uid, found.pw_gid
