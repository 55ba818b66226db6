"""A real Samba Active Directory domain controller in a private folder, on a loopback address of its own."""

import os
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import ldap

REALM = "EKVIK.EXAMPLE"
BASE_DN = "DC=ekvik,DC=example"
ADMIN_DN = f"CN=Administrator,CN=Users,{BASE_DN}"
ADMIN_PASSWORD = "Skotare-Ekvik-1147"
READER_DN = f"CN=portvakt,CN=Users,{BASE_DN}"
READER_PASSWORD = "Lasare-Ekvik-4711"


class Samba:
    """`with Samba(folder) as server:`; it has an administrator and an ordinary reader."""

    def __init__(self, folder: Path) -> None:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        self.address = f"127.0.77.{10 + int(worker)}"
        self.url = f"ldap://{self.address}"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = ["samba-tool", "domain", "provision", f"--targetdir={self.folder}", f"--realm={REALM}"]
        command += [
            "--domain=EKVIK",
            f"--adminpass={ADMIN_PASSWORD}",
            "--server-role=dc",
            "--dns-backend=NONE",
        ]
        subprocess.run(command, check=True, capture_output=True)
        file = self.folder / "etc" / "smb.conf"
        text = re.sub(r"\tserver services = .*", "\tserver services = ldap", file.read_text())
        text = re.sub(r"\tlog file = .*", f"\tlog file = {self.folder}/log", text)
        text = re.sub(r"\n\[homes\].*", "\n", text, flags=re.DOTALL)
        own = (
            f"interfaces = {self.address}/8\n\tbind interfaces only = yes\n\tpid directory = {self.folder}\n"
        )
        strict = "\tldap server require strong auth = no\n"
        file.write_text(text.replace("[global]\n", f"[global]\n\t{own}{strict}", 1))
        self.start()
        self.add(READER_DN, ["user"], sAMAccountName="portvakt", userAccountControl="512")
        self.set_password(READER_DN, READER_PASSWORD)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with (self.folder / "samba.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["samba", "--model=single", "-F", "-s", str(self.folder / "etc" / "smb.conf"), "--debug-stdout"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        ends = time.monotonic() + 60
        while True:
            try:
                self.connected().unbind_s()
            except ldap.SERVER_DOWN:
                if time.monotonic() > ends or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def connected(self):
        """A connection as the administrator."""
        connection = ldap.initialize(self.url)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 10)
        connection.simple_bind_s(ADMIN_DN, ADMIN_PASSWORD)
        return connection

    def add(self, dn: str, classes: Iterable[str], **values: str | list[str]) -> None:
        told = [("objectClass", [name.encode() for name in classes])]
        told += [
            (name, [one.encode() for one in ([value] if isinstance(value, str) else value)])
            for name, value in values.items()
        ]
        self.connected().add_s(dn, told)

    def replace(self, dn: str, **values: str | list[str]) -> None:
        changes = [
            (ldap.MOD_REPLACE, name, [one.encode() for one in ([value] if isinstance(value, str) else value)])
            for name, value in values.items()
        ]
        self.connected().modify_s(dn, changes)

    def delete(self, dn: str) -> None:
        self.connected().delete_s(dn)

    def rename(self, dn: str, rdn: str, parent: str | None = None) -> None:
        self.connected().rename_s(dn, rdn, parent)

    def set_password(self, dn: str, password: str) -> None:
        quoted = f'"{password}"'.encode("utf-16-le")
        self.connected().modify_s(dn, [(ldap.MOD_REPLACE, "unicodePwd", [quoted])])

    def age_password(self, dn: str, days: int) -> None:
        """Set the day on which the password was set back, in the database itself: over LDAP it can only be now."""
        (database,) = self.folder.rglob("sam.ldb.d/DC=EKVIK,DC=EXAMPLE.ldb")
        ticks = int(self.value(dn, "pwdLastSet")) - days * 86_400 * 10_000_000
        script = (
            "import ldb, sys\ndb = ldb.Ldb(sys.argv[1])\nmessage = ldb.Message(ldb.Dn(db, sys.argv[2]))\n"
            "message['pwdLastSet'] = ldb.MessageElement(sys.argv[3], ldb.FLAG_MOD_REPLACE, 'pwdLastSet')\n"
            "db.modify(message)\n"
        )
        # The interpreter of samba-tool: ldb comes with it, and is in no package registry.
        command = ["/usr/bin/python3", "-c", script, str(database), dn, str(ticks)]
        subprocess.run(command, check=True, capture_output=True)

    def value(self, dn: str, name: str) -> str:
        ((_, raw),) = self.connected().search_s(dn, ldap.SCOPE_BASE, attrlist=[name])
        return raw[name][0].decode()

    def number(self, dn: str) -> str:
        """The last part of a group's identifier (objectSid, MS-DTYP 2.4.2.2), by which it is a primary group."""
        ((_, raw),) = self.connected().search_s(dn, ldap.SCOPE_BASE, attrlist=["objectSid"])
        return str(int.from_bytes(raw["objectSid"][0][-4:], "little"))

    def guid(self, dn: str) -> bytes:
        ((_, raw),) = self.connected().search_s(dn, ldap.SCOPE_BASE, attrlist=["objectGUID"])
        return raw["objectGUID"][0]
