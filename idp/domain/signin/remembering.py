"""A directory's password beside what was remembered of it: compared only while the directory does not answer (S16)."""

from dataclasses import dataclass, field

from idp.domain.account import Account
from idp.domain.directory_down import worth_remembering
from idp.domain.occasion import Occasion
from idp.domain.password import Correct, LocalPasswords, PasswordResult, Unreachable, Wrong
from idp.domain.ports import UnitOfWork
from idp.domain.remembered import MADE_ANEW_AFTER


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known before a check.

    Attributes:
        anybody: whether a policy lets anybody at all work on without a directory.
        worth: whether one lets this account.
        hash: what is remembered of its password.
        stale: whether that is to be made anew.
    """

    anybody: bool = False
    worth: bool = False
    hash: str | None = field(default=None, repr=False)
    stale: bool = True


def recall(uow: UnitOfWork, account: Account | None, occasion: Occasion) -> Recalled:
    """Read what a check may need; nothing is read where no policy asks for it."""
    if not any(one.policy.open_without_directory for one in uow.catalogue.applications.values()):
        return Recalled()
    if account is None or not worth_remembering(uow, uow.accounts.facts(account, occasion.now)):
        return Recalled(anybody=True)
    held = uow.directory_down.remembered(account.id, occasion.now)
    if held is None:
        return Recalled(anybody=True, worth=True)
    stale = held.made_at <= occasion.now - MADE_ANEW_AFTER
    return Recalled(anybody=True, worth=True, hash=held.hash, stale=stale)


def beside_memory(
    recalled: Recalled, local: LocalPasswords, password: str, result: PasswordResult, *, remembering: bool
) -> PasswordResult:
    """Return a directory's answer, or what memory says in its place; outside any unit of work."""
    if not recalled.anybody or not remembering:
        return result
    if isinstance(result, Unreachable):
        # The same work for everybody, so that nobody is seen to be remembered (S9).
        compared = local.check(recalled.hash, password)
        if recalled.hash is None or isinstance(compared, Unreachable):
            return result
        return Correct(remembered=True) if isinstance(compared, Correct) else Wrong(directory_away=True)
    if not isinstance(result, Correct) or result.must_change or not recalled.worth:
        return result
    same = recalled.hash is not None and isinstance(local.check(recalled.hash, password), Correct)
    return result if same and not recalled.stale else Correct(remember=local.hash(password))
