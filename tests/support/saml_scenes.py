"""The pages of SAML as scenes: what people meet on the way to a service, and what administrators see."""

from idp.saml.administration import rollover
from tests.saml.service import Service
from tests.saml.test_sweden_connect import TEXT, sign_message
from tests.support.saml_site import saml_service

PATH = "/administration/saml"


def ask(stage, name: str, inner: str = "", **attributes: str) -> None:
    """Come from a service with a request, and stay where the answer would be sent on by itself."""
    service = saml_service(stage.site, name)
    stage.page.route("**/send_form*.js", lambda route: route.abort())
    query = service.query(service.request(inner, **attributes), signed=service.signs)
    stage.goto(f"/saml/sso?{query}")


def saml_go_on(stage) -> None:
    stage.signed_in()
    ask(stage, "library")


def saml_refused(stage) -> None:
    stage.signed_in()
    ask(stage, "library", ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact")


def saml_turned_away(stage) -> None:
    stage.signed_in()
    ask(stage, "closed")


def saml_unknown(stage) -> None:
    stranger = Service(stage.site, saml_service(stage.site, "library").credential, "https://nobody.example")
    stage.goto(f"/saml/sso?{stranger.query(stranger.request())}")


def saml_consent(stage) -> None:
    stage.signed_in()
    ask(stage, "consenting")


def saml_sign(stage) -> None:
    login = stage.somebody(totp=True)
    requester = (
        "<samlp:Scoping><samlp:RequesterID>https://bygglov.sundby.example</samlp:RequesterID></samlp:Scoping>"
    )
    ask(stage, "signing", sign_message(TEXT, MustShow="true") + requester)
    stage.page.fill("#username", login)
    stage.page.fill("#password", "en lugn promenad vid vattnet")
    stage.submit()


def saml_signed_out(stage) -> None:
    """One service did not come back from the browser's way round."""
    saml_service(stage.site, "leaving")
    stage.signed_in()
    ask(stage, "leaving")
    # The service is nowhere: the browser never comes back, and the person goes on by hand.
    stage.page.route("**/saml/logout/next*", lambda route: route.abort())
    stage.goto("/sign-out")
    stage.submit()
    far = stage.page.locator('main a[href*="/saml/logout/next"]').get_attribute("href")
    stage.page.request.get(stage.site.issuer + far, max_redirects=0)
    stage.page.unroute("**/saml/logout/next*")
    stage.goto(far)


def saml_systems(stage) -> None:
    saml_service(stage.site, "library")
    stage.administrator()
    stage.goto(PATH)


def saml_keys_change(stage) -> None:
    service = saml_service(stage.site, "library")
    provider = stage.site.saml.engine().provider
    rollover.publish(provider, "RSA", stage.site.occasion())
    stage.administrator()
    stage.page.request.get(f"{stage.site.issuer}/saml/metadata/{service.name}")
    stage.goto(PATH)


def saml_connect(stage) -> None:
    stage.administrator()
    stage.goto(f"{PATH}/connect")


def saml_connect_wrong(stage) -> None:
    saml_connect(stage)
    stage.page.fill("#metadata", "<x/>")
    stage.submit()


def saml_connect_summary(stage) -> None:
    saml_connect(stage)
    credential = saml_service(stage.site, "library").credential
    new = Service(stage.site, credential, "https://ny.sundby.example/saml")
    stage.page.fill("#metadata", new.metadata(requested=("urn:oid:2.5.4.42", "urn:oid:1.2.752.29.4.13")))
    stage.submit()


def saml_system(stage) -> None:
    saml_service(stage.site, "library")
    stage.administrator()
    stage.goto(f"{PATH}/system/library?try=yes")
    stage.page.locator("details summary").first.click()


SAML_SCENES = {
    scene.__name__: scene
    for scene in (
        saml_go_on,
        saml_refused,
        saml_turned_away,
        saml_unknown,
        saml_consent,
        saml_sign,
        saml_signed_out,
        saml_systems,
        saml_keys_change,
        saml_connect,
        saml_connect_wrong,
        saml_connect_summary,
        saml_system,
    )
}
