"""SAML 2.0: the identity provider's side of Web Browser SSO and Single Logout, with its own tables and pages.

Can be deleted whole: nothing but `app.py` and the configuration's composition names this room. The only user of
pysaml2 (its vocabulary of elements, and the seam of its crypto backend), lxml and xmlsec.
"""
