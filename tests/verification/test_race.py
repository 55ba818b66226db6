"""S1, S2: of a hundred tries with one code, in two processes, on the pages and on the API together, one wins."""

import pytest

from idp.domain.authentication import AuthenticationRequirement
from idp.domain.signin import start, submit_password
from tests.support.mixed_race import Contest, race
from tests.support.place import a_browser
from tests.support.tokens import counter_seed, hand_over

PASSWORD = "correct horse battery"
TRIES, PROCESSES = 100, 2


@pytest.mark.parametrize("kind", ["totp", "hotp"])
def test_S2_of_a_hundred_tries_in_two_processes_on_pages_and_api_one_wins(site, database_url, tmp_path, kind):
    place = site.place
    account = place.account("anna", password=PASSWORD)
    if kind == "totp":
        code = place.code(place.authenticator(account))
    else:
        code = hand_over(place, account, counter_seed()).press(3)
    mainframe, intranet = site.system(), place.application("intranet")

    def waiting() -> tuple[str, str]:
        browser = a_browser()
        with place.database.write() as uow:
            requirement = AuthenticationRequirement(intranet)
            handle = start(uow, requirement, "/", browser, None, place.occasion("198.51.100.7"))
        submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion("198.51.100.7"))
        return handle, browser.hex()

    each = TRIES // PROCESSES // 2
    contests = [
        Contest(
            database_url,
            str(tmp_path / "master.key"),
            place.now.isoformat(),
            "anna",
            code,
            [waiting() for _ in range(each)],
            mainframe.name,
            mainframe.secret,
            each,
        )
        for _ in range(PROCESSES)
    ]
    assert race(contests) == 1
