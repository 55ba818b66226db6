"""What is configured to be followed, read anew each time; one directory that cannot be used stops no other.

Owns that whoever looks at such a directory sees why it is not followed.
"""

from collections.abc import Sequence

from idp.domain.errors import ConfigurationError
from idp.provisioning.directories import Directory, load_directory, with_domain
from idp.provisioning.following import Tell
from idp.provisioning.watching import Watcher


class Configured:
    """Call it for the directories. `mail_domain` stands in where one has none."""

    def __init__(self, watcher: Watcher, mail_domain: str, tell: Tell) -> None:
        self._watcher = watcher
        self._mail_domain = mail_domain
        self._tell = tell
        self._told: dict[str, str] = {}

    def __call__(self) -> Sequence[Directory]:
        """Return those that are to be followed and can be."""
        usable: list[Directory] = []
        why_not: dict[str, str] = {}
        with self._watcher.database.read() as uow:
            for name in uow.provisioning.directory_names():
                try:
                    directory = load_directory(uow, name)
                except ConfigurationError as error:
                    why_not[name] = str(error)
                else:
                    if directory is not None and directory.settings.follow.enabled:
                        usable.append(with_domain(directory, self._mail_domain))
        for name, why in why_not.items():
            if self._told.get(name) != why:
                self._tell(self._watcher.cannot_follow(name, why))
        self._told = why_not
        return usable
