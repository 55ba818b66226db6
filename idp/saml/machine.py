"""The endpoints that programs call: our metadata, and logout over SOAP."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.occasion import Occasion
from idp.saml.metadata.own import write_metadata
from idp.saml.provider import Provider
from idp.saml.responses import Signature
from idp.saml.store.connection import connection_of
from idp.saml.store.keys import KeyRows
from idp.saml.vocabulary import RSA_SHA256
from idp.web.kit import Kit

_METADATA = {"content-type": "application/samlmetadata+xml", "cache-control": "public, max-age=300"}


@dataclass(frozen=True, slots=True)
class Machine:
    """Answers for programs."""

    kit: Kit
    provider: Provider

    async def metadata(self, request: Request) -> Response:
        """Answer with our metadata: for anyone, or for one partner, whose key comes first and whose visit is noted."""
        name = request.path_params.get("name", "")
        body = await self.kit.run(published, self.provider, name, self.kit.occasion(request))
        if body is None:
            return Response(status_code=404)
        return Response(body, headers=_METADATA)


def published(provider: Provider, name: str, occasion: Occasion) -> bytes | None:
    """Return our signed metadata, None if `name` is no connected service's."""
    now = occasion.now
    if not name:
        with provider.database.read() as uow:
            keys = provider.keys.published(uow)
            signer = provider.keys.signing(uow, "", "RSA")
    else:
        with provider.database.write(brief=True) as uow:
            application = uow.catalogue.application(name)
            service = provider.services.of_application(uow, application.id) if application else None
            if service is None:
                return None
            rows = KeyRows(connection_of(uow))
            arrived = rows.arrive(service.application.id, now)
            keys = provider.keys.published(uow)
            signer = provider.keys.signing(uow, service.application.id, service.key_kind, anew=arrived)
            # The one that signs for this partner stands first: some read no further.
            keys = (signer, *(key for key in keys if key.id != signer.id))
            rows.note_fetch(service.application.id, [key.id for key in keys], now)
    if signer.algorithm != "RSA":
        signer = next(key for key in keys if key.algorithm == "RSA")
    return write_metadata(provider, keys, Signature(signer.key, signer.certificate, RSA_SHA256), now)
