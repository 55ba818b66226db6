"""Under which account Apache and nginx run, and where they may write.

Started by root, both give up root's rights and become `www-data`, which may not enter, say,
/root/portvakt/.demo. Owns the choice of folder; started by an ordinary user there is nothing to do.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

ACCOUNT = "www-data"


def is_root() -> bool:
    return os.geteuid() == 0


def directive_user() -> str | None:
    """The account to name in a server's configuration; None for an ordinary user's servers."""
    return ACCOUNT if is_root() else None


def _everyone_may_enter(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def runtime_folder(state: Path, name: str) -> Path:
    """A folder in which the server may write: in the state folder, if it may get there."""
    if not is_root():
        folder = state / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
    folder = _outside(state) / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    entry = pwd.getpwnam(ACCOUNT)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o700)
    return folder


def _outside(state: Path) -> Path:
    """A folder that belongs to this state folder, where another account can go."""
    digest = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    folder = (
        Path(tempfile.gettempdir() if not Path("/var/tmp").is_dir() else "/var/tmp")
        / f"portvakt-demo-{digest}"
    )
    folder.mkdir(exist_ok=True, mode=0o755)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o755)
    return folder


def forget(state: Path) -> None:
    """Remove what a reset must remove outside the state folder."""
    if is_root():
        shutil.rmtree(_outside(state), ignore_errors=True)


def readable_copy(source: Path, runtime: Path, name: str) -> Path:
    """A copy of static files for the server's account; the original, if everyone may read it."""
    if not is_root() or _everyone_may_enter(source):
        return source
    copy = runtime.parent / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy
