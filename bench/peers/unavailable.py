"""Why a peer cannot be measured."""


class PeerUnavailable(RuntimeError):
    """The peer is not installed and cannot be had; the text says why, for the table."""
