"""Settings: `portvakt.toml` and the environment, read once and checked whole at start.

Owns the names, defaults and limits of everything that is set outside the database; docs/configuration.md
describes them. What administrators change while the program runs (applications, networks, directories) is
not here but in `idp.configuration`.
"""

from idp.settings.file import FILE_NAME, SYSTEM_FILE, find_file, load
from idp.settings.passkeys import PasskeySettings
from idp.settings.radius import Radius
from idp.settings.saml import Saml, SamlContact, SamlLevel
from idp.settings.sections import (
    Listen,
    Log,
    LogFormat,
    LogLevel,
    Outgoing,
    PasswordProfile,
    Passwords,
    Sessions,
)
from idp.settings.whole import Settings

__all__ = [
    "FILE_NAME",
    "SYSTEM_FILE",
    "Listen",
    "Log",
    "LogFormat",
    "LogLevel",
    "Outgoing",
    "PasskeySettings",
    "PasswordProfile",
    "Passwords",
    "Radius",
    "Saml",
    "SamlContact",
    "SamlLevel",
    "Sessions",
    "Settings",
    "find_file",
    "load",
]
