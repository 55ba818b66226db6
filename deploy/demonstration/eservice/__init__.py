"""The e-service portal: a relying party of OpenID Connect, with Authlib's client for Starlette."""
