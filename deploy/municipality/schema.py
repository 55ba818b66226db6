"""The directory's own schema: what a municipality adds to inetOrgPerson.

Owns the text of the schema and the names that the writer and the tests use. It knows
nothing of who is written with it.

The object identifiers stand under 2.25, the arc for UUIDs (ITU-T X.667 §7): anyone may
make such an identifier without asking a registrar for an arc.
"""

ARC = "2.25.219184760331587208541216337219906612347"

PERSON_CLASS = "ekvikPerson"
UNIT_CLASS = "ekvikUnit"

UTF8 = "1.3.6.1.4.1.1466.115.121.1.15"
TIME = "1.3.6.1.4.1.1466.115.121.1.24"
OCTETS = "1.3.6.1.4.1.1466.115.121.1.40"


def _attribute(number: int, name: str, description: str, syntax: str, matching: str) -> str:
    return (
        f"attributetype ( {ARC}.1.{number} NAME '{name}'\n"
        f"    DESC '{description}'\n"
        f"    {matching}\n"
        f"    SYNTAX {syntax} SINGLE-VALUE )\n"
    )


_TEXT = "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch"
_TIME = "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch"

_PERSON = f"""objectclass ( {ARC}.2.1 NAME '{PERSON_CLASS}' SUP top AUXILIARY
    DESC 'What the personnel system knows about somebody'
    MAY ( employeeNumber $ employeeType $ departmentNumber $ title $ manager $ ekvikCallName $
          ekvikEmploymentStart $ ekvikEmploymentEnd $ ekvikProtection ) )
"""
_UNIT = f"""objectclass ( {ARC}.2.2 NAME '{UNIT_CLASS}' SUP top AUXILIARY
    DESC 'A unit of the organisation'
    MUST ekvikUnitCode
    MAY ( ekvikParentUnitCode $ manager ) )
"""

SCHEMA = "\n".join(
    (
        # Octets, as the personnel system's old transfer writes whatever it holds: slapd refuses
        # text that is not UTF-8 everywhere else, so this is how Latin-1 gets into a directory.
        _attribute(
            1, "ekvikCallName", "The given name one is called by", OCTETS, "EQUALITY octetStringMatch"
        ),
        _attribute(2, "ekvikEmploymentStart", "First day of employment", TIME, _TIME),
        _attribute(3, "ekvikEmploymentEnd", "When the employment ends", TIME, _TIME),
        _attribute(4, "ekvikProtection", "Mark of a protected identity", UTF8, _TEXT),
        _attribute(5, "ekvikUnitCode", "Code of the unit, its parents as prefixes", UTF8, _TEXT),
        _attribute(6, "ekvikParentUnitCode", "Code of the unit above", UTF8, _TEXT),
        _PERSON,
        _UNIT,
    )
)
