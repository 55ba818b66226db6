"""The pages of hardware tokens as scenes."""

import mfa
from idp.domain import hardware_tokens
from mfa.token_stock import Moved
from tests.support.tokens import Device, clock_seed, counter_seed


def give_token(site, login: str, serial: str = "") -> Device:
    """Take a token in and hand it out."""
    seed = counter_seed(serial or f"FTK-{login}", model="c100", secret=(login.encode() * 20)[:20])
    with site.database.write() as uow:
        assert hardware_tokens.take_in(uow, [seed], site.occasion()).tokens
        account = uow.accounts.by_login(login)
        assert isinstance(hardware_tokens.hand_out(uow, seed.serial, account, site.occasion()), Moved)
    return Device(seed)


def code_with_token(stage) -> None:
    login = stage.somebody()
    give_token(stage.site, login)
    stage.password(login)


def resynchronise(stage) -> None:
    code_with_token(stage)
    stage.page.locator('main a[href*="resynchronise"]').click()


def resynchronise_wrong(stage) -> None:
    resynchronise(stage)
    stage.page.fill("#first", "000000")
    stage.page.fill("#second", "000000")
    stage.submit()


def my_tokens(stage) -> None:
    login = stage.somebody(totp=True)
    give_token(stage.site, login)
    stage.password(login)
    stage.code(login)
    stage.goto("/security")


def my_lost_token(stage) -> None:
    my_tokens(stage)
    stage.page.locator('a[href^="/security/tokens/lost"]').click()


def my_token_out_of_step(stage) -> None:
    my_tokens(stage)
    stage.page.locator('a[href="/security/tokens/resynchronise"]').click()


def code_locked(stage) -> None:
    login = stage.somebody(totp=True)
    lock(stage.site, login)
    stage.password(login)


def ways_in(stage) -> None:
    login = stage.somebody("David Lindström", totp=True)
    give_token(stage.site, login)
    lock(stage.site, login)
    stage.administrator()
    stage.goto(f"/administration/people/{stage.site.residents[login].person_id}/ways-in")


def ways_in_unknown_token(stage) -> None:
    ways_in(stage)
    stage.page.fill('input[name="serial"][type="text"]', "FTK-9999")
    stage.page.locator('form[action$="/hand-out"] button').click()


def tokens(stage) -> None:
    _fill_the_box(stage.site)
    stage.administrator()
    stage.goto("/administration/tokens")


def token(stage) -> None:
    tokens(stage)
    stage.page.locator('main a[href^="/administration/tokens/"]').first.click()


def token_import(stage) -> None:
    stage.administrator()
    stage.goto("/administration/tokens/import")


def token_preview(stage) -> None:
    token_import(stage)
    lines = "".join(f"OA-{n},{bytes([n + 1] * 20).hex()},totp,6,60\n" for n in range(4))
    stage.page.set_input_files(
        "#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    stage.page.select_option("#format", "oath")
    stage.submit()


def token_import_wrong(stage) -> None:
    token_import(stage)
    stage.page.set_input_files(
        "#file", {"name": "x.xml", "mimeType": "text/xml", "buffer": b"<!DOCTYPE x><x/>"}
    )
    stage.submit()


def tokens_none(stage) -> None:
    stage.administrator()
    stage.goto("/administration/tokens?words=nothing")


def lock(site, login: str) -> None:
    """Type wrong codes until they are locked."""
    with site.database.write() as uow:
        account = site.residents[login].account_id
        for _ in range(5):
            mfa.verify(uow.factors, account, mfa.OneTimePasswordResponse("000000"), site.now())


def _fill_the_box(site) -> None:
    with site.database.write() as uow:
        if uow.factors.hardware_tokens.by_serial("2600124809778") is None:
            seeds = [
                clock_seed(
                    str(2600124809778 + n),
                    manufacturer="Feitian",
                    model="OTP c200",
                    secret=bytes([n + 1] * 20),
                )
                for n in range(6)
            ]
            hardware_tokens.take_in(uow, seeds, site.occasion())
            hardware_tokens.report_lost(uow, "2600124809780", "not in the box", site.occasion())
            hardware_tokens.destroy(uow, "2600124809781", "broken glass", site.occasion())


TOKEN_SCENES = {
    scene.__name__: scene
    for scene in (
        code_with_token,
        resynchronise,
        resynchronise_wrong,
        my_tokens,
        my_lost_token,
        my_token_out_of_step,
        code_locked,
        ways_in,
        ways_in_unknown_token,
        tokens,
        token,
        tokens_none,
        token_import,
        token_preview,
        token_import_wrong,
    )
}
