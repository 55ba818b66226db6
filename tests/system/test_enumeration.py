"""Before a first factor is proved nobody can tell who exists: not by text, status, headers or time."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest

pytestmark = pytest.mark.xdist_group("ekvik")

TRIES = 200
#: The statement's own bound on the difference of medians.
TOLERANCE_SECONDS = 0.010

_addresses = count(1)


class Guesser:
    """Somebody who tries names from ever new addresses, straight at Portvakt as its proxy would."""

    def __init__(self, ekvik) -> None:
        first = int(ekvik.environment["PORTVAKT_DEMO_PORT"])
        self.url, self.host = f"http://127.0.0.1:{first + 1}", f"localhost:{first}"

    def guess(self, login: str) -> tuple[float, int, str, frozenset[str]]:
        """Seconds, status, text and header names of the answer to one wrong password."""
        number = next(_addresses)
        headers = {
            "Host": self.host,
            "X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}",
            "Sec-Fetch-Site": "same-origin",
            "Origin": f"http://{self.host}",
        }
        with httpx.Client(base_url=self.url, headers=headers) as browser:
            browser.cookies.clear()
            page = browser.get("/")
            cookie = page.headers["set-cookie"].split(";")[0]
            shown = browser.get(page.headers["location"], headers={"Cookie": cookie}).text
            form = shown.partition('action="/sign-in/password"')[2].partition("</form>")[0]
            fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]+)"', form))
            filled = {**fields, "username": login, "password": "not the right one"}
            began = time.perf_counter()
            answer = browser.post("/sign-in/password", data=filled, headers={"Cookie": cookie})
            took = time.perf_counter() - began
        # Handles, challenges and what was typed differ by themselves.
        text = re.sub(r"""value="[^"]*"|journey=[\w-]+|data-[\w-]+=("[^"]*"|'[^']*')""", "", answer.text)
        return took, answer.status_code, text, frozenset(answer.headers)


def existing_logins(ekvik, number: int) -> list[str]:
    """User names that exist, without asking Portvakt."""
    import ldap

    facts = ekvik.facts["directory"]
    connection = ldap.initialize(facts["url"])
    connection.simple_bind_s(facts["bind_dn"], facts["bind_password"])
    found = connection.search_s(facts["base_dn"], ldap.SCOPE_SUBTREE, "(uid=*)", ["uid"])
    connection.unbind_s()
    taken = {account["login"] for account in ekvik.facts["accounts"]}
    usual = re.compile(r"[a-z]{6}\d\d")
    names = {entry["uid"][0].decode() for _, entry in found if "uid" in entry} - taken
    return sorted(name for name in names if usual.fullmatch(name))[:number]


def disable_some(ekvik, logins: list[str], number: int) -> list[str]:
    """Disable accounts until there are enough: leavers in the directory have none that could be."""
    done: list[str] = []
    for login in logins:
        if len(done) == number:
            break
        try:
            ekvik.command("account", "disable", login, "--reason", "for the test")
        except AssertionError:
            continue
        done.append(login)
    return done


@pytest.mark.parametrize("ekvik", ["sqlite"], indirect=True)
def test_S9_F20_known_unknown_disabled_and_locked_names_look_and_time_alike(ekvik):
    guesser = Guesser(ekvik)
    names = existing_logins(ekvik, TRIES + 60)
    disabled, locked, known = disable_some(ekvik, names[:50], 20), names[50], names[60:]
    for _ in range(11):
        guesser.guess(locked)
    tries = []
    for number in range(TRIES):
        tries += [
            ("known", known[number % len(known)]),
            ("unknown", f"nobody{number}"),
            ("disabled", disabled[number % len(disabled)]),
            ("locked", locked),
        ]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda one: (one[0], guesser.guess(one[1])), tries))
    kinds = {kind: [result for name, result in results if name == kind] for kind, _ in tries[:4]}
    looks = {result[1:] for results in kinds.values() for result in results}
    assert looks == {kinds["known"][0][1:]}, list(looks)[:2]
    medians = {kind: statistics.median(result[0] for result in results) for kind, results in kinds.items()}
    assert max(medians.values()) - min(medians.values()) < TOLERANCE_SECONDS, medians
