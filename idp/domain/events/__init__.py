"""The closed set of security events, by area. `type` reads area.what-happened and never changes its meaning."""

from idp.domain.events.accounts import (
    AccountChanged,
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
)
from idp.domain.events.api import ApiTokenIssued, ApiTokenRevoked
from idp.domain.events.approvals import ApprovalAsked, ApprovalGiven, ApprovalRejected, ApprovalUsed
from idp.domain.events.devices import DeviceTrusted, DeviceTrustEnded
from idp.domain.events.directory_down import BreakGlassOpened, BreakGlassRefused, BreakGlassSealed
from idp.domain.events.entitlements import AccessReviewed, EntitlementEnded, EntitlementGiven
from idp.domain.events.factors import (
    CodeIssued,
    CodeSent,
    CoolingOffBegan,
    FactorBound,
    FactorRemoved,
    PasswordChanged,
    RecoveryCodesMade,
)
from idp.domain.events.federation import AssertionIssued, MetadataChanged
from idp.domain.events.hardware_tokens import (
    HardwareTokenMoved,
    HardwareTokenResynchronised,
    HardwareTokenTakenIn,
)
from idp.domain.events.network import ConnectionCut
from idp.domain.events.operation import (
    AuditExported,
    AuditWeeded,
    ConfigurationChanged,
    KeyRotated,
    RunTakenBack,
    SynchronisationEnded,
)
from idp.domain.events.passkeys import FactorRenamed, PasskeyCounterRegressed
from idp.domain.events.roles import ActPlanned, ActRefused, RecordOpened, RoleGiven, RoleTaken
from idp.domain.events.signin import (
    AccessDecided,
    CountersCleared,
    FloodEnded,
    ProofAccepted,
    RequestRefused,
    SessionEnded,
    SignedIn,
    SignInRefused,
)
from idp.domain.events.systems import (
    ConsentGiven,
    ConsentWithdrawn,
    LogoutDelivered,
    TokensIssued,
    TokensRevoked,
)
from idp.domain.events.verification import CodeVerified

__all__ = [
    "AccessDecided",
    "AccessReviewed",
    "AccountChanged",
    "AccountCreated",
    "AccountDisabled",
    "AccountEnabled",
    "ActPlanned",
    "ActRefused",
    "ApiTokenIssued",
    "ApiTokenRevoked",
    "ApprovalAsked",
    "ApprovalGiven",
    "ApprovalRejected",
    "ApprovalUsed",
    "AssertionIssued",
    "AuditExported",
    "AuditWeeded",
    "BreakGlassOpened",
    "BreakGlassRefused",
    "BreakGlassSealed",
    "CodeIssued",
    "CodeSent",
    "CodeVerified",
    "ConfigurationChanged",
    "ConnectionCut",
    "ConsentGiven",
    "ConsentWithdrawn",
    "CoolingOffBegan",
    "CountersCleared",
    "DeviceTrustEnded",
    "DeviceTrusted",
    "EntitlementEnded",
    "EntitlementGiven",
    "FactorBound",
    "FactorRemoved",
    "FactorRenamed",
    "FloodEnded",
    "HardwareTokenMoved",
    "HardwareTokenResynchronised",
    "HardwareTokenTakenIn",
    "KeyRotated",
    "LogoutDelivered",
    "MetadataChanged",
    "PasskeyCounterRegressed",
    "PasswordChanged",
    "ProofAccepted",
    "RecordOpened",
    "RecoveryCodesMade",
    "RequestRefused",
    "RoleGiven",
    "RoleTaken",
    "RunTakenBack",
    "SessionEnded",
    "SignInRefused",
    "SignedIn",
    "SynchronisationEnded",
    "TokensIssued",
    "TokensRevoked",
]
