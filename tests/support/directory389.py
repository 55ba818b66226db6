"""A real 389 Directory Server in a private folder, with content synchronisation (RFC 4533) switched on."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import ldap

from deploy.municipality.slapd import free_port

BASE_DN = "dc=ekvik,dc=example"
ADMIN_DN = "cn=Directory Manager"
ADMIN_PASSWORD = "Skotare-Ekvik-1147"
READER_DN = f"uid=portvakt,{BASE_DN}"
READER_PASSWORD = "Lasare-Ekvik-4711"
_DEFAULTS = Path("/usr/share/dirsrv/inf/defaults.inf")
_READER_MAY = (
    '(targetattr != "userPassword")(version 3.0; acl "reader"; '
    f'allow (read, search, compare) userdn = "ldap:///{READER_DN}";)'
)


class Directory389:
    """`with Directory389() as server:`; its folder is short-lived and of its own, for its paths may not be long."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ds"))
        self.port = free_port("127.0.0.1")
        self.url = f"ldap://127.0.0.1:{self.port}"
        self._user = "dirsrv" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def __enter__(self) -> Self:
        self._write_defaults()
        answers = self.folder / "answers.inf"
        answers.write_text(
            "[general]\nconfig_version = 2\nfull_machine_name = localhost\nstrict_host_checking = False\n"
            f"selinux = False\nstart = True\n[slapd]\ninstance_name = ekvik\nport = {self.port}\n"
            f"secure_port = {free_port('127.0.0.1')}\nroot_password = {ADMIN_PASSWORD}\nself_sign_cert = False\n"
            f"user = {self._user}\ngroup = {self._user}\n[backend-userroot]\nsuffix = {BASE_DN}\n"
            "sample_entries = no\ncreate_suffix_entry = True\n"
        )
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self._user)
        environment = {**os.environ, "PREFIX": str(self.folder)}
        done = subprocess.run(
            ["dscreate", "from-file", str(answers)], env=environment, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"dscreate: {done.stdout.decode()}{done.stderr.decode()}")
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_defaults(self) -> None:
        text = _DEFAULTS.read_text()
        folder = str(self.folder)
        for top in ("/etc", "/run", "/var"):
            text = text.replace(f"= {top}", f"= {folder}{top}")
        text = re.sub(r"(?m)^db_home_dir = .*", f"db_home_dir = {folder}/shm/slapd-{{instance_name}}", text)
        text = re.sub(r"(?m)^inst_dir = .*", f"inst_dir = {folder}/lib/slapd-{{instance_name}}", text)
        text = re.sub(r"(?m)^with_systemd = .*", "with_systemd = 0", text)
        text = re.sub(r"(?m)^prefix = .*", f"prefix = {folder}", text)
        for name in ("share/dirsrv/inf", "etc/default", "etc/tmpfiles.d", "etc/sysconfig", "run/dirsrv", "lib", "shm",
                     "run/lock/dirsrv", "var/lib/dirsrv", "var/log/dirsrv"):  # fmt: skip
            (self.folder / name).mkdir(parents=True)
        for name in ("config", "schema"):
            shutil.copytree(f"/etc/dirsrv/{name}", self.folder / "etc/dirsrv" / name)
        (self.folder / "share/dirsrv/inf/defaults.inf").write_text(text)

    def _prepare(self) -> None:
        connection = self.connected()
        plugins = "cn=plugins,cn=config"
        connection.modify_s(
            f"cn=Content Synchronization,{plugins}", [(ldap.MOD_REPLACE, "nsslapd-pluginEnabled", [b"on"])]
        )
        logged = (ldap.MOD_REPLACE, "nsslapd-attribute", [b"nsuniqueid:targetUniqueId"])
        enabled = (ldap.MOD_REPLACE, "nsslapd-pluginEnabled", [b"on"])
        connection.modify_s(f"cn=Retro Changelog Plugin,{plugins}", [enabled, logged])
        connection.unbind_s()
        self.stop()
        self.start()
        self.add(
            READER_DN, "inetOrgPerson", uid="portvakt", cn="portvakt", sn="-", userPassword=READER_PASSWORD
        )
        self.connected().modify_s(BASE_DN, [(ldap.MOD_ADD, "aci", [_READER_MAY.encode()])])

    @property
    def _pid_file(self) -> Path:
        return self.folder / "run/dirsrv/slapd-ekvik.pid"

    def start(self) -> None:
        instance = self.folder / "etc/dirsrv/slapd-ekvik"
        subprocess.run(
            ["ns-slapd", "-D", str(instance), "-i", str(self._pid_file)], check=True, capture_output=True
        )
        ends = time.monotonic() + 60
        while True:
            try:
                self.connected().unbind_s()
            except ldap.SERVER_DOWN:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        with suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            os.kill(pid, signal.SIGTERM)
            ends = time.monotonic() + 30
            while time.monotonic() < ends:
                os.kill(pid, 0)
                time.sleep(0.05)
            os.kill(pid, signal.SIGKILL)

    def connected(self):
        """A connection as the administrator."""
        connection = ldap.initialize(self.url)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 10)
        connection.simple_bind_s(ADMIN_DN, ADMIN_PASSWORD)
        return connection

    def add(self, dn: str, kind: str, **values: str) -> None:
        told = [
            ("objectClass", [kind.encode()]),
            *((name, [value.encode()]) for name, value in values.items()),
        ]
        self.connected().add_s(dn, told)

    def replace(self, dn: str, attribute: str, value: str) -> None:
        self.connected().modify_s(dn, [(ldap.MOD_REPLACE, attribute, [value.encode()])])

    def delete(self, dn: str) -> None:
        self.connected().delete_s(dn)
