"""What administrators do about OpenID Connect: connecting a system, looking at it, changing its secret or keys."""
