"""The products of which a real server can be had here, alike to whoever disturbs them (experiments X1 to X4)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.municipality.slapd import BASE_DN as SLAPD_BASE
from directory_sync.settings import DirectorySettings
from directory_sync.settings_file import directory_settings
from directory_sync.sources.active_directory import sid_text
from tests.directory_sync import town as slapd_town
from tests.support import directory389, samba

PASSWORD = "Hemligt-Nog-1"


class Product:
    """One server: `table` as in the configuration, `address` where it listens."""

    def __init__(self, table: dict[str, object], address: tuple[str, int]) -> None:
        self.table = {"name": "town", "page_size": 50, **table}
        self.table["timeouts"] = {
            "connect": 1,
            "operation": 2,
            "sign_in": 2,
            "reading": 60,
            "silence": 0.5,
        }
        self.address = address

    def settings(self, **changes: object) -> DirectorySettings:
        return directory_settings({**self.table, **changes})

    def add(self, uid: str, mark: str) -> None: ...
    def delete(self, uid: str) -> None: ...
    def rename(self, uid: str, surname: str) -> None: ...

    def unreadable_base(self) -> str:
        """A base that is there, with a person in it, and that the reading account may not read."""
        raise NotImplementedError


class OpenLdap(Product):
    def __init__(self, server) -> None:  # type: ignore[no-untyped-def]
        table = {"url": server.url, "base_dn": SLAPD_BASE, "bind_dn": slapd_town.READER_DN,
                 "bind_password": slapd_town.READER_PASSWORD, "person_filter": "(objectClass=ekvikPerson)"}  # fmt: skip
        super().__init__(table, ("127.0.0.1", server.port))
        self._server = server

    def add(self, uid: str, mark: str) -> None:
        lines = slapd_town.person(uid, employeeType=mark).strip().split("\n")
        lines = [line for line in lines if not line.startswith("entryUUID")]
        self._server.modify("\n".join([lines[0], "changetype: add", *lines[1:]]) + "\n")

    def delete(self, uid: str) -> None:
        self._server.modify(f"dn: {slapd_town.dn_of(uid)}\nchangetype: delete\n")

    def rename(self, uid: str, surname: str) -> None:
        dn = slapd_town.dn_of(uid)
        self._server.modify(f"dn: {dn}\nchangetype: modify\nreplace: sn\nsn: {surname}\n")

    def unreadable_base(self) -> str:
        text = self._server.configuration.read_text(encoding="utf-8")
        hidden = f"ou=hidden,{SLAPD_BASE}"
        unit = f"dn: {hidden}\nchangetype: add\nobjectClass: organizationalUnit\nou: hidden\n"
        self._server.modify(unit)
        self._server.stop()
        rule = f'access to dn.subtree="{hidden}" by * none\n\naccess to attrs=userPassword'
        self._server.configuration.write_text(text.replace("access to attrs=userPassword", rule), "utf-8")
        self._server.start()
        return hidden


class ActiveDirectory(Product):
    SCHOOL = f"OU=Skola,{samba.BASE_DN}"

    def __init__(self, server: samba.Samba) -> None:
        table = {"kind": "active_directory", "url": server.url, "base_dn": self.SCHOOL, "bind_dn": samba.READER_DN,
                 "bind_password": samba.READER_PASSWORD, "follow": {"poll": 0.1}}  # fmt: skip
        super().__init__(table, (server.address, 389))
        self._server = server
        server.add(self.SCHOOL, ["organizationalUnit"])

    def _dn(self, uid: str) -> str:
        return f"CN={uid},{self.SCHOOL}"

    def add(self, uid: str, mark: str) -> None:
        told = {"sAMAccountName": uid, "givenName": uid, "sn": "Berg", "employeeType": mark}
        self._server.add(self._dn(uid), ["user"], userAccountControl="512", **told)

    def delete(self, uid: str) -> None:
        self._server.delete(self._dn(uid))

    def rename(self, uid: str, surname: str) -> None:
        self._server.replace(self._dn(uid), sn=surname)

    def unreadable_base(self) -> str:
        hidden = f"OU=Hidden,{samba.BASE_DN}"
        self._server.add(hidden, ["organizationalUnit"])
        self._server.add(f"CN=secret,{hidden}", ["user"], sAMAccountName="secret", sn="Berg")
        connection = self._server.connected()
        ((_, raw),) = connection.search_s(samba.READER_DN, 0, attrlist=["objectSid"])
        denied = f"(D;CI;LCRPLO;;;{sid_text(raw['objectSid'][0])})"
        command = ["samba-tool", "dsacl", "set", "-s", str(self._server.folder / "etc" / "smb.conf"),
                   f"--objectdn={hidden}", f"--sddl={denied}"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        return hidden


class Ds389(Product):
    def __init__(self, server: directory389.Directory389) -> None:
        table = {"kind": "389ds", "url": server.url, "base_dn": directory389.BASE_DN,
                 "bind_dn": directory389.READER_DN, "bind_password": directory389.READER_PASSWORD,
                 "person_filter": "(employeeNumber=*)", "follow": {"poll": 0.1}}  # fmt: skip
        super().__init__(table, ("127.0.0.1", server.port))
        self._server = server

    def _dn(self, uid: str) -> str:
        return f"uid={uid},{directory389.BASE_DN}"

    def add(self, uid: str, mark: str) -> None:
        told = {"uid": uid, "cn": uid, "sn": "Berg", "employeeNumber": uid, "employeeType": mark}
        self._server.add(self._dn(uid), "inetOrgPerson", userPassword=PASSWORD, **told)

    def delete(self, uid: str) -> None:
        self._server.delete(self._dn(uid))

    def rename(self, uid: str, surname: str) -> None:
        self._server.replace(self._dn(uid), "sn", surname)

    def unreadable_base(self) -> str:
        hidden = f"ou=hidden,{directory389.BASE_DN}"
        self._server.add(hidden, "organizationalUnit", ou="hidden")
        told = {"uid": "secret", "cn": "secret", "sn": "Berg", "employeeNumber": "0"}
        self._server.add(f"uid=secret,{hidden}", "inetOrgPerson", **told)
        denied = (
            '(targetattr = "*")(version 3.0; acl "hidden"; '
            f'deny (read, search, compare) userdn = "ldap:///{directory389.READER_DN}";)'
        )
        self._server.replace(hidden, "aci", denied)
        return hidden


PRODUCTS = ("openldap", "active_directory", "389ds")


@contextmanager
def product_of(kind: str, folder: Path) -> Iterator[Product]:
    """Its server, started; it has no people yet."""
    if kind == "openldap":
        with slapd_town.loaded(folder / "slapd", []) as server:
            yield OpenLdap(server)
    elif kind == "active_directory":
        with samba.Samba(folder / "dc") as controller:
            yield ActiveDirectory(controller)
    else:
        with directory389.Directory389() as ds:
            yield Ds389(ds)
