"""RADIUS: remote access and wireless networks under the same policy as the web (RFC 2865, 2866, 5176, 6614).

Owns packets, network access servers (NAS), their accounting and the disconnecting of living connections. It turns
a packet into the waist's requirement and calls sign-in's use cases; it does not know how a password or code is
checked, nor any other protocol.
"""
