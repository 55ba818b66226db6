"""Canaille (PyPI): the nearest neighbour in Python, with Authlib and SQLite as we have them. A venv of its own.

It insists on an RSA key, which costs it a third of a millisecond of some forty for each flow.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.peers.environment import installed, run_in
from bench.peers.serving import Peer
from bench.processes import free_port, serving
from bench.relying_party import FormRule
from bench.workbench import Workbench

NAME = "Canaille"
_PACKAGE = "canaille[front,oidc,sql,sqlite,server]==0.3.6"
_SECRET = "bench-secret-0123456789abcdef"
_PASSWORD = "Correct-Horse-0"
_RULES = (
    FormRule("password", {"password": _PASSWORD}),
    FormRule("login", {"login": "{user}"}),
    FormRule("answer", {"answer": "accept"}),
)
_SETTINGS = """\
SECRET_KEY = "for-the-bench-alone-0123456789abcdef"
SERVER_NAME = "127.0.0.1:{port}"
PREFERRED_URL_SCHEME = "http"
DEBUG = false
[CANAILLE]
DATABASE = "sql"
ENABLE_INTRUDER_LOCKOUT = false
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{folder}/canaille.sqlite"
[CANAILLE_OIDC]
REQUIRE_NONCE = false
ACTIVE_JWKS = [{{ {key} }}]
"""
_PEOPLE = """\
import sys
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
with create_app().app_context(), Backend.instance.session():
    for n in range(int(sys.argv[1])):
        Backend.instance.save(models.User(
            user_name=f"user{n}", family_name=f"Berg{n}", formatted_name=f"Anna Berg{n}",
            emails=[f"user{n}@example.test"], password=sys.argv[2]))
"""
_KEY = """\
from joserfc.jwk import RSAKey
key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "bench"})
print(", ".join(f'{name} = "{value}"' for name, value in key.as_dict(private=True).items()))
"""


@contextmanager
def canaille(bench: Workbench) -> Iterator[Peer]:
    """Set it up anew and run it; raises PeerUnavailable."""
    programs = installed(bench, "canaille", [_PACKAGE], "canaille")
    folder, port = bench.folder / "canaille", free_port()
    folder.mkdir(exist_ok=True)
    (folder / "canaille.sqlite").unlink(missing_ok=True)
    environment = {"CANAILLE_CONFIG": str(folder / "config.toml"), "AUTHLIB_INSECURE_TRANSPORT": "1"}
    key = run_in([str(programs / "python"), "-c", _KEY], folder, environment)
    (folder / "config.toml").write_text(_SETTINGS.format(port=port, folder=folder, key=key.strip()))
    bench.say(f"setting up {NAME}")
    run_in([str(programs / "canaille"), "install"], folder, environment)
    run_in(
        [str(programs / "python"), "-c", _PEOPLE, str(bench.options.sessions), _PASSWORD], folder, environment
    )
    run_in([str(programs / "canaille"), *_CLIENT], folder, environment)
    command = [str(programs / "canaille"), "run", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    log = bench.folder / "canaille.log"
    with serving(command, port, log, folder=folder, environment=environment) as pid:
        yield Peer(NAME, f"http://127.0.0.1:{port}", pid, _SECRET, _RULES, {}, bench.options.sessions)


_CLIENT = (
    "create", "client", "--quiet", "--client-id", "bench", "--client-secret", _SECRET, "--client-name", "bench",
    "--redirect-uris", "https://rp.example.test/cb", "--grant-types", "authorization_code", "--grant-types",
    "refresh_token", "--response-types", "code", "--scope", "openid", "--scope", "profile", "--scope", "email",
    "--token-endpoint-auth-method", "client_secret_basic", "--client-uri", "https://rp.example.test",
)  # fmt: skip
