"""`portvakt sync show` and `sync undo`: read what a run has done, and take it back."""

from typing import Annotated, TypeVar

import typer

from directory_sync import LeftOut, sentence
from idp.cli.printing import print_json, say
from idp.cli.setting import Setting, account_called, open_setting
from idp.domain.administration import no
from idp.domain.errors import ConfigurationError, Unavailable
from idp.domain.roles import SERVER, Refused
from idp.domain.roles.words import sentences
from idp.provisioning.holding import RunLine, read_run
from idp.provisioning.taking_back import Order, carry_on, take_back
from idp.provisioning.undo import Counting, plan_undo

T = TypeVar("T")

RunId = Annotated[str, typer.Argument(help="The run's id, from `sync status`.")]


def show(
    ctx: typer.Context,
    run_id: RunId,
    as_json_text: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every line of a run, and what became of it."""
    with open_setting(ctx) as setting:
        _run_source(setting, run_id)
        lines = read_run(setting.database, run_id)
        if as_json_text:
            print_json([_shown(one) for one in lines])
            return
        for one in lines:
            why = f" – {one.reason}" if one.reason else ""
            say(f"{one.number:>6} {one.state:<9} {sentence(one.line)}{why}")


def _shown(one: RunLine) -> dict[str, object]:
    return {
        "number": one.number,
        "state": one.state,
        "reason": one.reason,
        "sentence": sentence(one.line),
    }


def undo(
    ctx: typer.Context,
    run_id: RunId,
    person: Annotated[str | None, typer.Option(help="Only for this login or address.")] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="Carry out the plan with this hash.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
) -> None:
    """Take a run back, whole or for one person. Without `--plan` only the plan is shown, with its hash.

    Only what still is as the run left it is taken back. While the directory goes on saying what it said, the next runs
    leave it alone.
    """
    with open_setting(ctx) as setting:
        key = _key_of(setting, person, _run_source(setting, run_id)) if person is not None else None
        if plan is None:
            _tell(setting, run_id, key, person)
            return
        order = Order(run_id, plan, reason or f"takes back run {run_id}", key)
        occasion, domain = setting.occasion(), setting.settings.mail_domain
        with setting.database.write() as uow:
            done = _or_raise(take_back(uow, SERVER, order, occasion, domain))
        left_out = done.left_out
        if not done.finished:
            left_out = carry_on(setting.database, done.run, occasion, domain)
    say(f"Taken back by run {done.run}: {done.lines - len(left_out)} lines.")
    for out in left_out:
        say(f"  left out: {sentence(out.line)} – {out.reason}")


def _tell(setting: Setting, run_id: str, key: str | None, person: str | None) -> None:
    with setting.database.read() as uow:
        plan = _or_raise(plan_undo(uow, run_id, setting.occasion(), setting.settings.mail_domain, key))
        counting = Counting(plan.run)
        for one in plan.newest_first():
            counting.add(one)
            if isinstance(one, LeftOut):
                say(f"  stays: {sentence(one.line)} – {one.reason}")
            else:
                say(f"  {sentence(one.line)}")
    if not counting.summary.lines:
        _or_raise(no("nothing_to_take_back"))
    found = counting.summary.hash
    only = f" --person {person}" if person else ""
    say(f"plan {found}: `portvakt sync undo {run_id}{only} --plan {found}` carries it out.")


def _or_raise(answer: T | Refused) -> T:
    if not isinstance(answer, Refused):
        return answer
    words = " ".join(sentences(answer))
    raise Unavailable(words) if answer == no("run_in_progress") else ConfigurationError(words)


def _run_source(setting: Setting, run_id: str) -> str:
    with setting.database.read() as uow:
        run = uow.provisioning.runs.get(run_id)
    if run is None:
        raise ConfigurationError(f"there is no run {run_id!r}: `portvakt sync status` lists them")
    return run.source


def _key_of(setting: Setting, login: str, source: str) -> str:
    with setting.database.read() as uow:
        account = account_called(uow, login)
    if account.directory != source or account.directory_key is None:
        raise ConfigurationError(f"{login!r} does not come from {source}")
    return account.directory_key
