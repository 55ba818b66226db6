"""What is stored, as a file that `apply` reads back without changing anything. No secret is in it."""

from collections.abc import Mapping

import tomli_w

from idp.configuration.fields import as_table
from idp.configuration.objects import TABLE_OF, Fields, JsonValue, Kind, Reference, is_secret

_HEADER = """\
# Portvakt's configuration: `portvakt apply FILE` reads it, docs/configuration.md describes it.
"""
_SECRETS = """\
# Secrets are stored and not exported; without a key of theirs they stay as they are:
"""


def export(fields: Mapping[Reference, Fields]) -> str:
    """Return the text of the file."""
    tables: dict[str, dict[str, JsonValue]] = {}
    for kind in Kind:
        of_kind = {
            ref.name: as_table(kind, fields[ref]) for ref in sorted(fields, key=str) if ref.kind is kind
        }
        if of_kind:
            tables[TABLE_OF[kind]] = {**of_kind}
    secrets = [
        f"#   {reference.key}.{name}\n"
        for reference in sorted(fields, key=str)
        for name, value in fields[reference].items()
        if is_secret(value)
    ]
    header = _HEADER + (_SECRETS + "".join(secrets) if secrets else "")
    return f"{header}\n{tomli_w.dumps(tables, multiline_strings=False)}"
