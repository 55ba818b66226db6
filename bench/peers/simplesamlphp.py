"""SimpleSAMLphp (Debian) behind nginx and php-fpm: what most identity providers of its kind run on. RSA-2048.

Signs the assertion, as it does by itself; keeps its sessions in files of memory's own file system.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.http_client import Browser
from bench.load import Reading, drive, run
from bench.peers.unavailable import PeerUnavailable
from bench.processes import free_port, serving
from bench.relying_party import FormRule
from bench.saml_service import CONSUMER, ENTITY, ServiceVisit
from bench.workbench import Workbench

NAME = "SimpleSAMLphp"
_PRODUCT = Path("/usr/share/simplesamlphp")
_SSO = "/simplesaml/saml2/idp/SSOService.php"
_RULES = (FormRule("username", {"username": "anna", "password": "annapass"}),)
#: It keeps a file for each session, and all are the same person's.
_SESSIONS = 16

_CONFIG = r"""<?php
$config = ['baseurlpath' => 'http://127.0.0.1:@PORT@/simplesaml/', 'certdir' => '@DIR@/cert/',
 'loggingdir' => '@DIR@/log/', 'datadir' => '@DIR@/data/', 'tempdir' => '@DIR@/tmp', 'metadatadir' => '@DIR@/metadata',
 'secretsalt' => 'for-the-bench-alone-0123456789', 'auth.adminpassword' => 'bench', 'timezone' => 'UTC',
 'technicalcontact_name' => 'bench', 'technicalcontact_email' => 'bench@example.test',
 'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
 'store.type' => 'phpsession', 'session.cookie.secure' => false, 'session.cookie.path' => '/',
 'session.cookie.samesite' => '', 'session.phpsession.savepath' => '@DIR@/sessions',
 'session.phpsession.cookiename' => 'SimpleSAML', 'session.phpsession.httponly' => true,
 'logging.handler' => 'file', 'logging.level' => SimpleSAML\Logger::ERR,
 'language.default' => 'en', 'language.available' => ['en'], 'metadata.sources' => [['type' => 'flatfile']]];
"""
_SOURCES = """<?php
$config = ['bench' => ['exampleauth:UserPass', 'anna:annapass' => ['uid' => ['anna'],
 'displayName' => ['Anna Berg'], 'givenName' => ['Anna'], 'sn' => ['Berg'], 'mail' => ['anna@example.test'],
 'eduPersonPrincipalName' => ['anna@example.test']]]];
"""
_HOSTED = """<?php
$metadata['__DYNAMIC:1__'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt',
 'auth' => 'bench', 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'];
"""
_REMOTE = f"""<?php
$metadata['{ENTITY}'] = ['AssertionConsumerService' => '{CONSUMER}', 'saml20.sign.response' => false,
 'saml20.sign.assertion' => true, 'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
 'simplesaml.nameidattribute' => 'uid'];
"""
_FPM = """[global]
error_log = @DIR@/log/fpm.log
[www]
@USER@listen = @DIR@/fpm.sock
pm = static
pm.max_children = 4
env[SIMPLESAMLPHP_CONFIG_DIR] = @DIR@/config
clear_env = no
"""
_NGINX = r"""daemon off; worker_processes 1; error_log @DIR@/log/nginx.err; pid @DIR@/nginx.pid; @NGINX_USER@
events { worker_connections 512; }
http { access_log off; keepalive_requests 1000000; include /etc/nginx/mime.types;
 client_body_temp_path @DIR@/tmp/b; fastcgi_temp_path @DIR@/tmp/f; proxy_temp_path @DIR@/tmp/p;
 uwsgi_temp_path @DIR@/tmp/u; scgi_temp_path @DIR@/tmp/s;
 server { listen 127.0.0.1:@PORT@;
  location ^~ /simplesaml { alias @PRODUCT@/www;
   location ~ ^(?<prefix>/simplesaml)(?<phpfile>.+?\.php)(?<pathinfo>/.*)?$ {
    include /etc/nginx/fastcgi_params; fastcgi_pass unix:@DIR@/fpm.sock;
    fastcgi_param SCRIPT_FILENAME @PRODUCT@/www$phpfile; fastcgi_param SCRIPT_NAME /simplesaml$phpfile;
    fastcgi_param PATH_INFO $pathinfo; } } } }
"""


@dataclass(frozen=True, slots=True)
class SamlPeer:
    """A running identity provider; `pids` are its web server and its programs."""

    origin: str
    pids: tuple[int, ...]

    def reading(self, seconds: float) -> Reading:
        """Sign some browsers in, then drive rounds of single sign-on for some seconds."""

        async def measure() -> Reading:
            visits = [ServiceVisit(Browser(self.origin), _SSO) for _ in range(_SESSIONS)]
            for visit in visits:
                await visit.sign_in(_RULES)
            reading = await drive([visit.round for visit in visits], seconds, self.pids)
            for visit in visits:
                visit.browser.close()
            return reading

        return run(measure())


@contextmanager
def simplesamlphp(bench: Workbench) -> Iterator[SamlPeer]:
    """Set it up anew and run it; raises PeerUnavailable."""
    programs = sorted(Path("/usr/sbin").glob("php-fpm*"))
    if not _PRODUCT.exists() or not programs or shutil.which("nginx") is None:
        raise PeerUnavailable("apt-get install simplesamlphp php-fpm php-xml php-mbstring nginx-light")
    folder, port = bench.folder / "simplesamlphp", free_port()
    bench.say(f"setting up {NAME}")
    _write(folder, port)
    fpm = [str(programs[-1]), "-F", *(["-R"] if os.geteuid() == 0 else []), "-y", str(folder / "fpm.conf")]
    web = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    ready = (folder / "fpm.sock").exists
    with (
        serving(fpm, 0, bench.folder / "simplesamlphp-fpm.log", ready=ready) as program,
        serving(web, port, bench.folder / "simplesamlphp-nginx.log") as server,
    ):
        yield SamlPeer(f"http://127.0.0.1:{port}", (program, server))


def _write(folder: Path, port: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("config", "metadata", "log", "data", "tmp", "sessions", "cert"):
        (folder / name).mkdir(parents=True)
    _make_key(folder / "cert")
    root = os.geteuid() == 0
    values = {
        "@PORT@": str(port), "@DIR@": str(folder), "@PRODUCT@": str(_PRODUCT),
        "@USER@": "user = root\ngroup = root\n" if root else "", "@NGINX_USER@": "user root;" if root else "",
    }  # fmt: skip
    for path, text in {
        "config/config.php": _CONFIG, "config/authsources.php": _SOURCES, "fpm.conf": _FPM, "nginx.conf": _NGINX,
        "metadata/saml20-idp-hosted.php": _HOSTED, "metadata/saml20-sp-remote.php": _REMOTE,
    }.items():  # fmt: skip
        for name, value in values.items():
            text = text.replace(name, value)  # noqa: PLW2901 - one template after the other
        (folder / path).write_text(text)


def _make_key(folder: Path) -> None:
    """Make an RSA-2048 key with a self-signed certificate, as the measured side has one."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "idp.key"),
         "-out", str(folder / "idp.crt"), "-days", "3650", "-subj", "/CN=idp.example.test"],
        check=True, capture_output=True,
    )  # fmt: skip
