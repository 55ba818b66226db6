"""The words of SAML 2.0 and XML Security: namespaces, bindings, name formats, status codes, algorithms. No logic."""

PROTOCOL = "saml"

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MDUI = "urn:oasis:names:tc:SAML:metadata:ui"
MDATTR = "urn:oasis:names:tc:SAML:metadata:attribute"
MDALG = "urn:oasis:names:tc:SAML:metadata:algsupport"
SHIBMD = "urn:mace:shibboleth:metadata:1.0"
MD_EXT = "http://id.swedenconnect.se/ns/md"
PSC = "http://id.swedenconnect.se/authn/1.0/principal-selection/ns"
CSIG = "http://id.elegnamnden.se/csig/1.1/dss-ext/ns"
#: The service entity category of services that let people sign (Sweden Connect, deployment profile §2.1.4).
SIGNATURE_SERVICE = "http://id.elegnamnden.se/st/1.0/sigservice"

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SOAP_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
EMAIL_ADDRESS = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
URI_NAME = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
USER_REASON = "urn:oasis:names:tc:SAML:2.0:logout:user"

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = f"{_STATUS}Success"
REQUESTER = f"{_STATUS}Requester"
RESPONDER = f"{_STATUS}Responder"
AUTHN_FAILED = f"{_STATUS}AuthnFailed"
INVALID_NAMEID_POLICY = f"{_STATUS}InvalidNameIDPolicy"
NO_AUTHN_CONTEXT = f"{_STATUS}NoAuthnContext"
NO_PASSIVE = f"{_STATUS}NoPassive"
NO_SUPPORTED_IDP = f"{_STATUS}NoSupportedIDP"
PARTIAL_LOGOUT = f"{_STATUS}PartialLogout"
REQUEST_DENIED = f"{_STATUS}RequestDenied"
REQUEST_UNSUPPORTED = f"{_STATUS}RequestUnsupported"
UNKNOWN_PRINCIPAL = f"{_STATUS}UnknownPrincipal"
UNSUPPORTED_BINDING = f"{_STATUS}UnsupportedBinding"
#: Sweden Connect, deployment profile §6.4.
CANCELLED = "http://id.elegnamnden.se/status/1.0/cancel"

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
EXC_C14N_COMMENTS = f"{EXC_C14N}WithComments"
ENVELOPED = f"{DS}enveloped-signature"

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
SHA256, SHA384, SHA512 = f"{XENC}sha256", f"{_MORE}sha384", f"{XENC}sha512"
RSA_SHA256, RSA_SHA384, RSA_SHA512 = f"{_MORE}rsa-sha256", f"{_MORE}rsa-sha384", f"{_MORE}rsa-sha512"
ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512 = (
    f"{_MORE}ecdsa-sha256",
    f"{_MORE}ecdsa-sha384",
    f"{_MORE}ecdsa-sha512",
)
#: What verifies: SHA-256 and up, RSA and ECDSA with public keys (statement M8). HMAC is none of them.
SIGNATURE_ALGORITHMS = (RSA_SHA256, RSA_SHA384, RSA_SHA512, ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512)
#: From digest algorithm to its name in hashlib.
DIGESTS = {SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}

AES128_GCM, AES256_GCM = f"{XENC11}aes128-gcm", f"{XENC11}aes256-gcm"
AES128_CBC, AES192_CBC, AES256_CBC = f"{XENC}aes128-cbc", f"{XENC}aes192-cbc", f"{XENC}aes256-cbc"
#: Authenticated modes first: what the peer declares decides, what it leaves open is the first.
DATA_ENCRYPTION = (AES256_GCM, AES128_GCM, AES256_CBC, AES192_CBC, AES128_CBC)
RSA_OAEP = f"{XENC}rsa-oaep-mgf1p"

#: Paths of ours.
METADATA_PATH = "/saml/metadata"
SSO_PATH = "/saml/sso"
CONTINUE_PATH = "/saml/sso/continue"
START_PATH = "/saml/start"
LOGOUT_PATH = "/saml/logout"
CHAIN_PATH = "/saml/logout/next"
