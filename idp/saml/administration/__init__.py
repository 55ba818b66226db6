"""What administrators see and do about SAML: connecting a system, looking at it, changing keys."""
