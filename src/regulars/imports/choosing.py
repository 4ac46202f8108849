"""How a file is read: as a file with these columns was read before, else as suggested; chosen by a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars import access, definitions
from regulars.access import Actor
from regulars.db import Tx, run, value
from regulars.imports.errors import NotMapped, NotNow
from regulars.imports.layout import fingerprint
from regulars.imports.mapping import MAPPING, MappingBody, check_for
from regulars.imports.record import OPEN, Import, held
from regulars.imports.statements import SQL
from regulars.imports.suggesting import Suggestion, suggest
from regulars.imports.target import What

ACTION = "customers.import"
BALANCES = "loyalty.open_balances"


def permission(what: What | None) -> str:
    """Who imports points gives them; everything else is importing customers."""
    return BALANCES if what == "balances" else ACTION


def suggestion(tx: Tx, one: Import, *, zone: str, what: What | None = None) -> Suggestion:
    """The mapping that is remembered for files with these columns, else the one their names suggest."""
    found = remembered(tx, one)
    if found is not None and what in (None, found.what) and not check_for(found, one.columns.names):
        return Suggestion(mapping=found, from_where=f"Read as before: {found.title}.", certain=True)
    return suggest(one.columns, name=one.name, what=what, zone=zone)


def remembered(tx: Tx, one: Import) -> MappingBody | None:
    for found in definitions.all_live(tx, MAPPING):
        if fingerprint(found.body.headers) == one.fingerprint:
            return found.body
    stored = value(tx, SQL.mapping_of_same_columns, fingerprint=one.fingerprint, import_id=one.import_id)
    return None if stored is None else msgspec.convert(stored, MappingBody)


def mapping_of(tx: Tx, key: str) -> MappingBody:
    """The live mapping of this key; raises NotMapped."""
    found = definitions.live(tx, MAPPING, key)
    if found is None:
        raise NotMapped(f"No import mapping {key[:80]!r} is live; publish one, or let it be suggested.")
    return found.body


def choose(
    tx: Tx,
    actor: Actor,
    import_id: int,
    mapping: MappingBody | Mapping[str, Any],
    *,
    key: str | None = None,
    cut_over: datetime | None = None,
) -> Import:
    """Set how the file is read; what a dry run found no longer holds. Raises NotMapped with every finding."""
    body = definitions.decode(MappingBody, mapping)
    access.require(actor, permission(body.what))
    one = held(tx, import_id)
    if one.state not in OPEN and not (one.state in ("failed", "cancelled") and one.position == 0):
        raise NotNow(
            f"The import {one.id} is {one.state}; its mapping stands. Upload the file again to read it anew."
        )
    findings = check_for(body, one.columns.names)
    if findings:
        raise NotMapped(f"The mapping has {len(findings)} things to mend.", findings)
    run(
        tx,
        SQL.set_mapping,
        import_id=import_id,
        mapping=Jsonb(definitions.canonical(body)),
        mapping_key=key,
        what=body.what,
        cut_over=cut_over,
    )
    return held(tx, import_id)


def remember(tx: Tx, actor: Actor, one: Import, *, at: datetime) -> str | None:
    """Keep the mapping as a definition, as far as the actor may: live, a draft, or only with the import."""
    body = one.body
    draft = access.allows(actor, "definitions.draft", kind=MAPPING.name)
    if body is None or draft.outcome != "yes":
        return None
    key = f"{body.what}-{one.fingerprint[:8]}"
    kept = msgspec.structs.replace(body, headers=one.columns.names[:300])
    before = definitions.live(tx, MAPPING, key) or definitions.draft(tx, MAPPING, key)
    if before is not None and before.body == kept and before.state == "live":
        return key
    drafted = definitions.draft(tx, MAPPING, key) or before
    saved = definitions.save_draft(
        tx, actor, MAPPING, key, kept, at=at, etag=drafted.etag if drafted else None
    )
    may_publish = access.allows(actor, "definitions.publish", kind=MAPPING.name).outcome == "yes"
    if may_publish and not saved.assisted and saved.state == "draft":
        definitions.publish(tx, actor, MAPPING, key, at=at)
    return key
