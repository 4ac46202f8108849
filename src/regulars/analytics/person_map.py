"""Who stands for whom, as a small table of the lake: engines elsewhere join it, since files never change.

Readers of ours take the map from PostgreSQL, as of their instant; this copy is as old as the last export.
"""

from uuid import UUID, uuid4

import pyarrow as pa
from pyarrow.dataset import dataset

from regulars.analytics import hot
from regulars.analytics.delta import Delta, created, opened
from regulars.analytics.faults import LakeUnavailable
from regulars.analytics.lake import Lake
from regulars.analytics.reading import PEOPLE, PEOPLE_SCHEMA
from regulars.analytics.table import Table

PERSONS = Table(
    name="persons",
    title="Persons",
    source=PEOPLE,
    key="customer_id",
    columns={"customer_id": "bigint", "person_id": "bigint"},
    watched=(("customers.customer", "customer_id"),),
    atom=None,
)
ORDER = [("customer_id", "ascending")]
KEPT_HOURS = 24


def export_person_map(lake: Lake) -> bool:
    """Write the map if it changed; says whether it did. Who comes second at the same time leaves it."""
    with hot.snapshot(lake.database) as seen:
        people = seen.table(PEOPLE, PEOPLE_SCHEMA).sort_by(ORDER)
    delta = opened(lake.place, PERSONS)
    if delta is not None and _held(lake, delta).equals(people):
        return False
    intent = uuid4()
    try:
        if delta is None:
            delta = created(lake.place, PERSONS, PEOPLE_SCHEMA, lake_id=UUID(int=0))
        delta.replace(people.to_reader(), None, intent=intent)
        delta.vacuum(hours=KEPT_HOURS, intent=intent)
    except LakeUnavailable:
        again = opened(lake.place, PERSONS)
        if again is None or not _held(lake, again).equals(people):
            raise
        return False
    return True


def _held(lake: Lake, delta: Delta) -> pa.Table:
    paths = [lake.place.path_of(one.uri) for one in delta.files()]
    if not paths:
        return PEOPLE_SCHEMA.empty_table()
    found = dataset(paths, schema=PEOPLE_SCHEMA, filesystem=lake.place.filesystem()).to_table()
    return found.sort_by(ORDER)
