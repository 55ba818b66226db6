"""`portvakt init`: settings, master key and database of a new installation."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from idp.cli.printing import say
from idp.cli.settings_template import TEMPLATE
from idp.domain.errors import ConfigurationError, Unavailable
from idp.keys.master_key import create
from idp.settings import FILE_NAME, load
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade

app = typer.Typer(add_completion=False)


@app.command()
def init(
    issuer: Annotated[
        str, typer.Option(help="The public address, such as https://login.example.se.")
    ] = "http://localhost:8080",
    organisation: Annotated[
        str, typer.Option(help="The organisation's name, shown on the pages.")
    ] = "Portvakt",
    database: Annotated[
        str, typer.Option(help="sqlite:///FILE or postgresql://USER@HOST/DATABASE.")
    ] = "sqlite:///portvakt.db",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Where to listen; the issuer's port on localhost, else 8080."),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where settings and key are written.")] = Path(),
) -> None:
    """Write commented settings and a master key, and make the database. Nothing that exists is overwritten."""
    file, key = folder / FILE_NAME, folder / "master.key"
    for path in (file, key):
        if path.exists():
            raise ConfigurationError(f"{path} exists already and is left as it is")
    text = TEMPLATE.format(
        issuer=_quoted(issuer),
        organisation=_quoted(organisation),
        host=_quoted("127.0.0.1"),
        port=port or _port_of(issuer),
        database=_quoted(database),
    )
    _write(file, text)
    create(key, datetime.now(UTC))
    try:
        settings = load(file, os.environ)
    except ConfigurationError:
        # What was asked for is wrong: nothing was begun, so that the next try finds the place empty.
        file.unlink()
        key.unlink()
        raise
    made = _make_database(settings.database_url, file)
    if settings.database_file is not None:
        settings.database_file.chmod(0o600)
    say(f"{file}: settings\n{key}: master key; keep a copy, apart from the database's backups")
    say(f"database: {'made' if made else 'was there already'}")
    say(
        'Next: `portvakt administrator add "YOUR NAME"`, then `portvakt serve`; `portvakt doctor` checks all of it.'
    )


def _make_database(url: str, file: Path) -> bool:
    engine = make_engine(url)
    try:
        return upgrade(engine)
    except Unavailable as error:
        raise Unavailable(
            f"{error}; settings and key are written: correct database.url in {file}, then run `portvakt upgrade`"
        ) from error
    finally:
        engine.dispose()


def _write(file: Path, text: str) -> None:
    try:
        # 0640: the database's address in it may hold a password.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _port_of(issuer: str) -> int:
    try:
        parts = urlsplit(issuer)
        port = parts.port if parts.scheme == "http" else None
    except ValueError:
        port = None
    return port or 8080
