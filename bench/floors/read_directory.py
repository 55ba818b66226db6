"""python-ldap reading a whole directory into dictionaries of text, page by page: `python -m` with URL.

Persons, units and groups with the attributes that Portvakt asks for; nothing is done with them. Prints seconds.
"""

import json
import sys
import time

import ldap
from ldap.controls import SimplePagedResultsControl

from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD

_PAGE = 1000
_SEARCHES = {
    "(objectClass=ekvikPerson)": [
        "entryUUID", "uid", "givenName", "ekvikCallName", "sn", "displayName", "employeeNumber", "title",
        "departmentNumber", "ekvikProtection", "ekvikEmploymentStart", "ekvikEmploymentEnd", "pwdAccountLockedTime",
    ],
    "(objectClass=ekvikUnit)": ["entryUUID", "ekvikUnitCode", "ou", "ekvikParentUnitCode"],
    "(objectClass=groupOfNames)": ["entryUUID", "cn", "member"],
}  # fmt: skip


def read(url: str) -> int:
    """Read everything and return how many entries there are."""
    connection = ldap.initialize(url)
    connection.simple_bind_s(READER_DN, READER_PASSWORD)
    entries: dict[str, dict[str, list[str]]] = {}
    for search_filter, attributes in _SEARCHES.items():
        control = SimplePagedResultsControl(True, _PAGE, "")  # noqa: FBT003 - the library's signature
        while True:
            message = connection.search_ext(
                BASE_DN, ldap.SCOPE_SUBTREE, search_filter, attributes, serverctrls=[control]
            )
            _, page, _, controls = connection.result3(message)
            for dn, entry in page:
                entries[dn] = {
                    name: [value.decode("utf-8", "replace") for value in values]
                    for name, values in entry.items()
                }
            control.cookie = next(
                (one.cookie for one in controls if isinstance(one, SimplePagedResultsControl)), b""
            )
            if not control.cookie:
                break
    return len(entries)


if __name__ == "__main__":
    began, spent = time.perf_counter(), time.process_time()
    count = read(sys.argv[1])
    print(
        json.dumps(
            {"seconds": time.perf_counter() - began, "cpu": time.process_time() - spent, "entries": count}
        )
    )
