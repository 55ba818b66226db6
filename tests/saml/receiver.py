"""A service's SOAP address: verifies logout requests, answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from idp.saml.bindings import envelope
from idp.saml.documents import parse_own
from idp.saml.errors import SUCCESS
from idp.saml.instants import written
from idp.saml.responses import status_element
from idp.saml.vocabulary import SAML, SAMLP


@dataclass
class SoapReceiver:
    """One address; `requests` are the bodies that came, `answer` makes what is sent back."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    status: int = 200
    service: object = None
    signs: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slo"

    def answer(self, body: bytes) -> bytes:
        request = parse_own(body).find(f".//{{{SAMLP}}}LogoutRequest")
        document = (
            f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r{len(self.requests)}"'
            f' Version="2.0" IssueInstant="{written(self.service.site.now())}"'
            f' InResponseTo="{request.get("ID")}"><saml:Issuer>{self.service.entity_id}</saml:Issuer>'
            f"{status_element(SUCCESS)}</samlp:LogoutResponse>"
        )
        return envelope(self.service.signed(document) if self.signs else document)


@contextmanager
def receiving() -> Iterator[SoapReceiver]:
    """Serve one address while the block lasts."""
    receiver = SoapReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.requests.append(body)
            content = receiver.answer(body)
            self.send_response(receiver.status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
