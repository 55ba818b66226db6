"""Faults: what should not happen. A refusal is a value and is not here.

Fault
├── SealBroken           a sealed secret cannot be opened: wrong master key, or altered
├── Overtaken            a conditional write lost to another one that changed the same row
├── Unavailable          something needed outside the process does not answer
└── ConfigurationError   settings or a configuration file are wrong; the text is for people
"""


class Fault(Exception):
    """Base of the domain's faults; every one rolls its unit of work back."""


class SealBroken(Fault):
    """A sealed secret cannot be opened."""


class Overtaken(Fault):
    """Another request changed the same row first; asking again is safe."""


class Unavailable(Fault):
    """A directory or database does not answer; try later."""


class ConfigurationError(Fault):
    """Settings or configuration are wrong; the message names the key and what was expected."""
