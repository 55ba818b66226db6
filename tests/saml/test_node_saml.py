"""Against node-saml, from npm: requests signed or not, assertions plain and encrypted."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.services import ServiceSettings
from tests.saml.service import NAMES
from tests.support.browsing import Forms

VERSION = "5.1.0"
PROGRAM = Path(__file__).with_name("node_saml.js")

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("node-saml")]


@pytest.fixture(scope="session")
def node_saml():
    """The package, installed once in a folder beside other temporary things."""
    npm, folder = shutil.which("npm"), Path(tempfile.gettempdir()) / f"portvakt-node-saml-{VERSION}"
    assert npm, "npm is needed: apt-get install npm"
    package = folder / "node_modules/@node-saml/node-saml"
    if not package.exists():
        folder.mkdir(exist_ok=True)
        subprocess.run(
            [
                npm,
                "install",
                "--no-audit",
                "--no-fund",
                "--prefix",
                str(folder),
                f"@node-saml/node-saml@{VERSION}",
            ],
            check=True,
            capture_output=True,
            timeout=240,
        )
    return package


def run(package: Path, **given: object) -> object:
    done = subprocess.run(
        ["node", str(PROGRAM)],
        input=json.dumps(given),
        env={**os.environ, "NODE_SAML": str(package)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert "error" not in answer, answer
    return answer["found"]


@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("cipher", ["", "aes256-gcm", "aes256-cbc"], ids=["plain", "gcm", "cbc"])
def test_it_signs_people_in(site, credential, node_saml, signs, cipher):
    entity = f"https://{site.unique('node')}.example/saml"
    options = {
        "callbackUrl": f"{entity}/acs",
        "entryPoint": f"{site.issuer}/saml/sso",
        "issuer": entity,
        "audience": entity,
        "idpCert": credential.certificate,
        "signatureAlgorithm": "sha256",
        "digestAlgorithm": "sha256",
        "identifierFormat": words.PERSISTENT,
        "disableRequestedAuthnContext": True,
        "wantAssertionsSigned": True,
        "wantAuthnResponseSigned": True,
        "acceptedClockSkewMs": 0,
        "decryptionPvk": credential.key_file.read_text(),
    }
    if signs:
        options["privateKey"] = credential.key_file.read_text()
    metadata = run(
        node_saml, act="metadata", options=options, certificate=credential.certificate, signs=signs
    )
    chosen = ServiceSettings(attributes=("mail",), encrypt=bool(cipher), data_encryption=cipher)
    name = site.connect(str(metadata), chosen, name="node")
    published = parse_own(site.metadata(name).encode())
    options["idpCert"] = [
        one.text for one in published.iterfind(".//md:IDPSSODescriptor//ds:X509Certificate", NAMES)
    ]
    anna = site.person("anna")
    url = str(run(node_saml, act="ask", options=options))
    reply = site.signed_in(anna).get(url.removeprefix(site.issuer))
    form = next((one for one in Forms.read(reply.text) if "SAMLResponse" in one.fields), None)
    assert form is not None, reply.text[:2000]
    profile = run(node_saml, act="validate", options=options, response=form.fields["SAMLResponse"])
    assert profile["issuer"] == f"{site.issuer}/saml/metadata"
    assert profile["nameIDFormat"] == words.PERSISTENT
    assert profile["attributes"]["urn:oid:0.9.2342.19200300.100.1.3"] == f"{anna.login}@ekvik.example"
