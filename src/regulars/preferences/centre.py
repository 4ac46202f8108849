"""The preference centre that holds: the live definition, or the built-in one when none is live."""

from dataclasses import dataclass

from regulars import definitions
from regulars.db import Tx
from regulars.preferences.model import BUILT_IN, KEY, PREFERENCE_CENTRE, Centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    version: int  # 0: built in.
    body: Centre


def centre_of(tx: Tx, version: int | None = None) -> Standing:
    """What the page shows now, or would show as this version has it."""
    if version:
        return Standing(version=version, body=definitions.get(tx, PREFERENCE_CENTRE, KEY, version).body)
    found = definitions.live(tx, PREFERENCE_CENTRE, KEY) if version is None else None
    return Standing(version=found.version, body=found.body) if found else Standing(version=0, body=BUILT_IN)
