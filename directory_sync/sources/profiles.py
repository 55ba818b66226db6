"""The products that are known, by the word that the configuration has for each."""

from collections.abc import Mapping

from directory_sync.profile import Profile
from directory_sync.sources.active_directory import ACTIVE_DIRECTORY
from directory_sync.sources.directory389 import DIRECTORY_389
from directory_sync.sources.domino import DOMINO
from directory_sync.sources.edirectory import EDIRECTORY
from directory_sync.sources.openldap import OPENLDAP

PROFILES: Mapping[str, Profile] = {
    profile.name: profile for profile in (OPENLDAP, ACTIVE_DIRECTORY, DIRECTORY_389, EDIRECTORY, DOMINO)
}
