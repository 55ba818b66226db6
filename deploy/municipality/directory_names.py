"""Distinguished names: where things stand in the tree, and how names are escaped (RFC 4514 §2.4).

Owns the layout of the tree; knows nothing of people.
"""

from deploy.municipality.slapd import BASE_DN

PERSONNEL = "personal"
# The root of the units is called what it is: readers take a unit's name from here.
ORGANISATION = "Ekvik kommun"
GROUPS = "grupper"
LEAVERS = "Slutat"

# As hexadecimal pairs, which is how slapd itself writes them back.
_SPECIAL = str.maketrans({character: f"\\{ord(character):02X}" for character in '"+,;<>\\'})


def escape(value: str) -> str:
    """A value as it stands in a distinguished name (RFC 4514 §2.4)."""
    text = value.translate(_SPECIAL).replace("\0", "\\00")
    if text[:1] in {" ", "#"}:
        text = "\\" + text
    if len(text) > 1 and text.endswith(" "):
        text = text[:-1] + "\\ "
    return text


def rdn(attribute: str, value: str) -> str:
    return f"{attribute}={escape(value)}"


def below(parent: str, attribute: str, value: str) -> str:
    """The name of an entry right under `parent`."""
    return f"{rdn(attribute, value)},{parent}"


def district_dn(district: int) -> str:
    """The first district is the municipality itself; the bench adds further ones beside it."""
    return BASE_DN if district == 1 else below(BASE_DN, "ou", f"Stadsdel {district}")


def branch_dn(district: int, branch: str) -> str:
    return below(district_dn(district), "ou", branch)
