"""The configuration room put together for commands: its store and its extensions."""

import os
from collections.abc import Mapping
from pathlib import Path

from idp.configuration.apply import Configuration
from idp.configuration.ports import ApplicationExtension
from idp.configuration.reader import Surroundings
from idp.keys.sealing import MasterKeys
from idp.oidc.configuration import ClientExtension
from idp.provisioning.directories import check_directory
from idp.radius.configuration import NasExtension
from idp.saml.configuration import ServiceExtension
from idp.storage.catalogue_store import SqlCatalogueStore
from idp.storage.unit_of_work import SqlUnitOfWork
from idp.verification.configuration import AskingExtension

EXTENSIONS: Mapping[str, ApplicationExtension] = {
    "oidc": ClientExtension(),
    "radius": NasExtension(),
    "saml": ServiceExtension(),
    "verification": AskingExtension(),
}


def surroundings(folder: Path) -> Surroundings:
    """Return what reading a file in `folder` needs."""
    return Surroundings(os.environ, folder, EXTENSIONS, check_directory)


def configuration(uow: SqlUnitOfWork, sealer: MasterKeys) -> Configuration:
    """Return the configuration as a unit of work sees it."""
    return Configuration(uow, SqlCatalogueStore(uow.connection, sealer), EXTENSIONS, sealer)
