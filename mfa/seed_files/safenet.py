"""SafeNet's (formerly Aladdin's) XML of event-based tokens: seeds in the clear, so the file itself must be kept safe.

The file names no hash and no length of codes. The maker's tokens with 20-byte seeds compute HMAC-SHA-1, those with
32-byte seeds HMAC-SHA-256, and all of them show six digits; another length of seed is refused rather than guessed.
"""

from xml.etree.ElementTree import Element

from mfa.authenticators import Algorithm, FactorKind
from mfa.hardware_token import Seed
from mfa.seed_files.seed_file import MOST_TOKENS, SeedFileError, check_distinct, check_file
from mfa.seed_files.strict_xml import parsed

_HASHES = {20: Algorithm.SHA1, 32: Algorithm.SHA256}
_OF_TOKEN = frozenset({"CaseModel", "Model", "ProductionDate", "ProductName", "Applications"})
_OF_APPLICATION = frozenset({"Seed", "MovingFactor"})
_LONGEST_COUNTER = 18


def read_safenet(content: bytes) -> tuple[Seed, ...]:
    """Every token of the file.

    Raises:
        SeedFileError: the file is not understood whole.
    """
    check_file(content)
    root = parsed(content)
    tokens = list(root)
    if root.tag != "Tokens" or any(token.tag != "Token" for token in tokens):
        raise SeedFileError(["the file is not SafeNet's XML of tokens"])
    if not 0 < len(tokens) <= MOST_TOKENS:
        raise SeedFileError([f"the file has {len(tokens)} tokens: 1 to {MOST_TOKENS} are accepted"])
    seeds: list[Seed] = []
    problems: list[str] = []
    for number, token in enumerate(tokens, start=1):
        try:
            seeds.append(_seed(token))
        except ValueError as error:
            problems.append(f"token {number}: {error}")
    if problems:
        raise SeedFileError(problems[:100])
    check_distinct(seeds)
    return tuple(seeds)


def _seed(token: Element) -> Seed:
    _known(token, _OF_TOKEN)
    applications = token.findall("Applications/Application")
    if len(applications) != 1:
        raise ValueError(f"has {len(applications)} applications, expected one")
    (application,) = applications
    _known(application, _OF_APPLICATION)
    secret = _hexadecimal(_text(application, "Seed"))
    algorithm = _HASHES.get(len(secret))
    if algorithm is None:
        raise ValueError(f"a seed of {len(secret)} bytes does not say which hash it is for: 20 and 32 do")
    return Seed(
        serial=token.get("serial", ""),
        manufacturer="SafeNet",
        model=_text(token, "ProductName"),
        kind=FactorKind.HOTP,
        secret=secret,
        algorithm=algorithm,
        counter=_counter(_text(application, "MovingFactor")),
    )


def _known(element: Element, names: frozenset[str]) -> None:
    for child in element:
        if child.tag not in names:
            raise ValueError(f"{child.tag[:40]!r} is not understood")


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None else (found.text or "").strip()


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError("the seed is not hexadecimal") from None


def _counter(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNTER):
        raise ValueError("MovingFactor: expected a whole number")
    return int(text)
