"""Headers of every page that the demo's own programs make: no script, no frame, no sniffing."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PageHeaders:
    """ASGI middleware; `form_action` is where a form's answer may redirect to besides the own origin."""

    def __init__(self, app: ASGIApp, *, form_action: str = "") -> None:
        self._app = app
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {form_action}".rstrip()
        )
        self._headers = [
            (b"content-security-policy", policy.encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)
