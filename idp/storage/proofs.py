"""Proofs as JSON: [[method, microseconds, phishing resistant, authenticator, [model, certified]], …].

The third follows from the method and is written for whoever reads a kept decision without this program.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from idp.domain.assurance import Method, Proof
from idp.storage.columns import from_micros, to_micros
from mfa import Model


def proofs_to_json(proofs: Iterable[Proof]) -> list[list[Any]]:
    """Return the JSON value of `proofs`."""
    return [
        [
            proof.method.value,
            to_micros(proof.at),
            proof.phishing_resistant,
            proof.authenticator,
            *([[proof.model.aaguid, proof.model.certified]] if proof.model else []),
        ]
        for proof in proofs
    ]


def proofs_text(proofs: Iterable[Proof]) -> str:
    """Return the JSON text of `proofs`, for statements that are given to the driver as they are."""
    return json.dumps(proofs_to_json(proofs), separators=(",", ":"))


def proofs_from_json(value: Sequence[Sequence[Any]]) -> tuple[Proof, ...]:
    """Return the proofs of `proofs_to_json`."""
    return tuple(
        Proof(Method(row[0]), from_micros(row[1]), row[3], Model(*row[4]) if len(row) > 4 else None)  # noqa: PLR2004 - as written above
        for row in value
    )
