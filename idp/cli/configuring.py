"""The configuration room put together for commands: its store, its extensions, its check of directories."""

import os
from collections.abc import Mapping
from pathlib import Path

from directory_sync.settings import SettingsError
from directory_sync.settings_file import directory_settings
from idp.configuration.apply import Configuration
from idp.configuration.ports import ApplicationExtension
from idp.configuration.reader import Surroundings
from idp.domain.errors import ConfigurationError
from idp.keys.sealing import MasterKeys
from idp.oidc.configuration import OidcExtension
from idp.storage.catalogue_store import SqlCatalogueStore
from idp.storage.unit_of_work import SqlUnitOfWork

EXTENSIONS: Mapping[str, ApplicationExtension] = {"oidc": OidcExtension()}


def surroundings(folder: Path) -> Surroundings:
    """Return what reading a file in `folder` needs."""
    return Surroundings(os.environ, folder, EXTENSIONS, check_directory)


def configuration(uow: SqlUnitOfWork, sealer: MasterKeys) -> Configuration:
    """Return the configuration as a unit of work sees it."""
    return Configuration(uow, SqlCatalogueStore(uow.connection, sealer), EXTENSIONS, sealer)


def check_directory(settings: Mapping[str, object], key: str) -> None:
    """Raise ConfigurationError for settings that `directory_sync` does not take."""
    try:
        directory_settings(settings, key)
    except SettingsError as error:
        raise ConfigurationError(str(error)) from error
