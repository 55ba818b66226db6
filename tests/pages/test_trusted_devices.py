"""Trusting a device and taking the trust back, on the pages: S17, B4."""

import pytest

from tests.support.form_reader import forms
from tests.support.sample_site import PASSWORD

pytestmark = pytest.mark.anyio
COOKIE = "__Host-portvakt_device"


async def trusting(visit, login="annsve"):
    visitor = visit()
    await visitor.goto("/open/trusting")
    await visitor.send("/sign-in/password", username=login, password=PASSWORD)
    answer = await visitor.send("/sign-in/code", follow=False, code=visitor.site.totp(login), trust="yes")
    return visitor, answer


async def test_S17_B4_a_device_is_trusted_for_a_set_time_by_a_cookie_of_this_host(visit):
    visitor, answer = await trusting(visit)
    (setting,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE)]
    assert "Max-Age=2592000" in setting
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in setting
    visitor.http.cookies.delete("__Host-portvakt_session")
    await visitor.goto("/open/trusting")
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert visitor.heading == "My systems"
    # A system that does not allow it asks as ever.
    await visitor.goto("/open/strict")
    assert "/sign-in/code" in forms(visitor.page.text)


async def test_S17_another_persons_cookie_opens_nothing(visit, site):
    visitor, _ = await trusting(visit)
    cookie = visitor.http.cookies[COOKIE]
    site.add("filnil", "Filip Nilsson", totp=True)
    other = visit()
    other.http.cookies.set(COOKIE, cookie, domain="id.sundby.example")
    await other.goto("/open/trusting")
    await other.send("/sign-in/password", username="filnil", password=PASSWORD)
    assert "/sign-in/code" in forms(other.page.text)
    assert other.session is None


async def test_S17_a_device_is_listed_and_trusted_no_more(visit):
    visitor, _ = await trusting(visit)
    await visitor.goto("/security")
    assert "Trusted devices" in visitor.page.text
    await visitor.send("/security/devices/revoke")
    visitor.http.cookies.delete("__Host-portvakt_session")
    await visitor.goto("/open/trusting")
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    assert "/sign-in/code" in forms(visitor.page.text)


async def test_without_the_box_nothing_is_kept(visit):
    visitor = visit()
    await visitor.goto("/open/trusting")
    await visitor.send("/sign-in/password", username="annsve", password=PASSWORD)
    page = forms(visitor.page.text)["/sign-in/code"]
    values = {name: value for name, value in page.values.items() if name != "trust"}
    await visitor.http.post("/sign-in/code", data=values | {"code": visitor.site.totp("annsve")})
    assert COOKIE not in visitor.http.cookies
    assert visitor.session
