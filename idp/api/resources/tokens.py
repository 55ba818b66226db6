"""Hardware tokens: the box, who has which, and the locks that too many wrong tries have set. Never a seed."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import WithReason
from idp.api.types import Number, Text
from idp.domain import locks, token_desk
from idp.domain.administration import no
from idp.domain.reason import Reason
from idp.domain.roles import Act, Refused
from idp.domain.seed_uploads import SeedUpload
from mfa import Algorithm, HardwareToken, TokenState, token_stock
from mfa.seed_files import SeedFileError, SeedFormat
from mfa.token_stock import Moved, Refusal

_LONGEST_PROBLEMS = 2000
_CODES = {
    Refusal.UNKNOWN: "unknown",
    Refusal.NOT_FROM_HERE: "token_not_from_here",
    Refusal.EXPIRED: "token_expired",
    Refusal.OVERTAKEN: "token_overtaken",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tokens."""

    words: Annotated[str, Text(60, about="A part of the serial number or model.")] = ""
    state: TokenState | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One token."""

    token: str
    serial: str
    kind: str
    state: TokenState
    account: str | None
    manufacturer: str
    model: str
    digits: Annotated[int, Number(6, 8)]
    algorithm: str
    period: Annotated[int | None, Number(30, 60)]
    ends_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Serial:
    """Which token, as it is printed on it."""

    serial: Annotated[str, Text(60, 1)]


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A maker's file; nothing of it is taken in while a part of it is not understood or a number is known."""

    format: SeedFormat
    content: Annotated[str, Text(56_000, 1, about="The file, in base64.")] = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    mapping: Annotated[str, Text(4000, about="For csv: which column holds what, as TOML.")] = ""
    key: Annotated[str, Text(200, about="For pskc under a pre-shared key, in hexadecimal.")] = field(
        default="", repr=False
    )
    password: Annotated[str, Text(200, about="For pskc under a password.")] = field(default="", repr=False)
    preview: bool = False


@dataclass(frozen=True, slots=True)
class TokensOfFile:
    """What is in the file, and whether it was taken in."""

    taken_in: bool
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenedLock:
    """What was locked, and until when it would have been."""

    kind: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened."""

    locks: tuple[OpenedLock, ...]


def listed(call: Call[Filter, Nothing]) -> Page[Token] | Refused:
    """Return a page of the box."""
    query = call.query
    found = token_desk.listed(
        call.uow, call.doer, query.state, query.words, call.after, call.most + 1, call.occasion
    )
    if isinstance(found, Refused):
        return found
    last = token_desk.key_of(found[call.most - 1]) if len(found) > call.most else ""
    return Page([_token(one) for one in found[: call.most]], last)


def show(call: Call[Nothing, Nothing]) -> Token | Refused:
    """Return one token of the box."""
    found = token_desk.found(call.uow, call.doer, call.path["token"], call.occasion)
    if isinstance(found, Refused):
        return found
    return no("unknown") if found is None else _token(found)


def of_account(call: Call[Nothing, Nothing]) -> Page[Token]:
    """Return the tokens in somebody's hands; none of somebody out of reach."""
    held: Sequence[HardwareToken] = token_desk.of_account(call.uow, call.doer, call.account(), call.occasion)
    return Page([_token(one) for one in held])


def take_in(call: Call[Nothing, SeedFile]) -> TokensOfFile | Refused:
    """Take a maker's file in, or only say what is in it."""
    body = call.body
    try:
        content = base64.b64decode(body.content, validate=True)
        upload = SeedUpload(
            body.format, content, body.algorithm, body.mapping, "".join(body.key.split()), body.password
        )
        seeds = upload.read()
    except SeedFileError as error:
        return _wrong_file(error.problems)
    except ValueError:
        return _wrong_file(["the content is not base64"])
    repeated = token_stock.duplicates(call.uow.factors, seeds)
    if repeated:
        return _wrong_file([f"{serial}: the serial number is known already" for serial in repeated])
    serials = tuple(seed.serial for seed in seeds)
    if body.preview:
        return TokensOfFile(taken_in=False, serials=serials)
    taken = token_desk.take_in(call.uow, call.doer, seeds, call.occasion)
    return taken if isinstance(taken, Refused) else TokensOfFile(taken_in=True, serials=serials)


def _wrong_file(problems: Sequence[str]) -> Refused:
    return Refused((Reason("seed_file", {"problems": "; ".join(problems)[:_LONGEST_PROBLEMS]}),))


def hand_out(call: Call[Nothing, Serial]) -> Token | Refused:
    """Give a token to somebody."""
    return _moved(token_desk.hand_out(call.uow, call.doer, call.body.serial, call.account(), call.occasion))


def hand_back(call: Call[Nothing, WithReason]) -> Token | Refused:
    """Take a token back."""
    return _moved(token_desk.hand_back(call.uow, call.doer, _serial(call), call.body.reason, call.occasion))


def lost(call: Call[Nothing, WithReason]) -> Token | Refused:
    """Note that a token is lost."""
    return _moved(token_desk.report_lost(call.uow, call.doer, _serial(call), call.body.reason, call.occasion))


def destroy(call: Call[Nothing, WithReason]) -> Token | Refused:
    """Erase a token's seed for good."""
    return _moved(token_desk.destroy(call.uow, call.doer, _serial(call), call.body.reason, call.occasion))


def unlock(call: Call[Nothing, WithReason]) -> Opened | Refused:
    """Open what too many wrong tries have locked."""
    found = locks.unlock_for(call.uow, call.doer, call.account(), call.body.reason, call.occasion)
    if isinstance(found, Refused):
        return _hidden(found)
    return Opened(tuple(OpenedLock(one.kind.value, one.until) for one in found))


def _serial(call: Call[Nothing, WithReason]) -> str:
    token = call.uow.factors.hardware_tokens.get(call.path["token"])
    return token.serial if token else ""


def _moved(result: Moved | Refusal | Refused) -> Token | Refused:
    match result:
        case Moved(token):
            return _token(token)
        case Refusal():
            return no(_CODES[result])
        case Refused():
            return _hidden(result)


def _hidden(refused: Refused) -> Refused:
    """What is out of reach answers like what does not exist (C2)."""
    outside = any(reason.code == "outside_scope" for reason in refused.reasons)
    return no("unknown") if outside else refused


def _token(token: HardwareToken) -> Token:
    return Token(
        token=token.id,
        serial=token.serial,
        kind=token.kind.value,
        state=token.state,
        account=token.subject,
        manufacturer=token.manufacturer,
        model=token.model,
        digits=int(token.digits),
        algorithm=token.algorithm.value,
        period=int(token.period) if token.kind.value == "totp" else None,
        ends_at=token.ends_at,
        changed_at=token.changed_at,
    )


OPERATIONS = (
    Operation(
        "tokens.list", "GET", "/tokens", "List the box of hardware tokens by serial number.",
        Act.MANAGE_TOKENS, listed, Token, Filter, Nothing, paged=True,
    ),
    Operation(
        "tokens.take_in", "POST", "/tokens", "Take a maker's file of hardware tokens in, or show what is in it.",
        Act.MANAGE_TOKENS, take_in, TokensOfFile, Nothing, SeedFile,
    ),
    Operation(
        "tokens.show", "GET", "/tokens/{token}", "Return one hardware token.",
        Act.MANAGE_TOKENS, show, Token, Nothing, Nothing,
    ),
    Operation(
        "tokens.of_account", "GET", "/accounts/{account}/tokens", "Return the hardware tokens in somebody's hands.",
        Act.HAND_OUT_TOKEN, of_account, Token, Nothing, Nothing, paged=True,
    ),
    Operation(
        "tokens.hand_out", "POST", "/accounts/{account}/tokens", "Give a hardware token to somebody.",
        Act.HAND_OUT_TOKEN, hand_out, Token, Nothing, Serial,
    ),
    Operation(
        "tokens.hand_back", "POST", "/tokens/{token}/hand-back", "Take a hardware token back.",
        Act.HAND_OUT_TOKEN, hand_back, Token, Nothing, WithReason,
    ),
    Operation(
        "tokens.lost", "POST", "/tokens/{token}/lost", "Note that a hardware token is lost.",
        Act.HAND_OUT_TOKEN, lost, Token, Nothing, WithReason,
    ),
    Operation(
        "tokens.destroy", "POST", "/tokens/{token}/destroy", "Erase a hardware token's seed for good.",
        Act.MANAGE_TOKENS, destroy, Token, Nothing, WithReason,
    ),
    Operation(
        "accounts.unlock", "POST", "/accounts/{account}/unlock", "Open what too many wrong tries have locked.",
        Act.UNLOCK, unlock, Opened, Nothing, WithReason,
    ),
)  # fmt: skip
