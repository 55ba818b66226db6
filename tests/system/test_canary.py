"""F89: what people type and what browsers and systems hold is in no log and no audit record, at debug level."""

import re

import pytest
from playwright.sync_api import expect

from tests.system.ekvik import fresh_code

pytestmark = pytest.mark.xdist_group("ekvik")

WRONG = "kanariefagel-i-gruvan"


def logs(ekvik) -> str:
    """Everything that any process of the demo wrote while it ran."""
    return "\n".join(
        file.read_text(encoding="utf-8", errors="replace")
        for file in sorted((ekvik.state / "logs").iterdir())
    )


def test_K4_F89_no_secret_of_a_sign_in_is_in_a_log_or_record(ekvik, visitor):
    if not visitor.scripted:
        pytest.skip("what is written does not depend on the browser's script")
    account = ekvik.account("it_representative")
    guest = visitor(account)
    guest.open("intranet")
    guest.enter_password(WRONG)
    expect(guest.page.locator("input[name=password]")).to_be_visible()
    guest.enter_password()
    guest.page.fill("input[name=code]", "000000")
    guest.page.locator("input[name=code]").press("Enter")
    code = fresh_code(account["totp_secret"])
    guest.page.fill("input[name=code]", code)
    guest.page.locator("input[name=code]").press("Enter")
    guest.expect_inside("intranet")
    guest.open("eservice")
    guest.expect_inside("eservice")
    guest.page.goto(ekvik.facts["portal"] + "sessions")
    cookies = [one["value"] for one in guest.page.context.cookies() if len(one["value"]) >= 20]
    assert len(cookies) >= 3
    told = logs(ekvik) + ekvik.command("audit", "show", "--limit", "300", "--json")
    assert '"request"' in told
    assert all(event in told for event in ("signin.succeeded", "signin.refused"))
    secrets = [WRONG, account["password"], account["totp_secret"], *cookies]
    found = [number for number, secret in enumerate(secrets) if secret in told]
    assert not found, "these secrets were told, by their place in the list"
    # Six digits after a point are a fraction of a second.
    assert not re.search(rf"(?<![\d.]){code}(?!\d)", told)
    assert "code=" not in told
