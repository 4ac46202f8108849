"""The copy of who stands for whom that engines elsewhere join."""

import pyarrow.parquet as pq
from deltalake import DeltaTable

from regulars.analytics import EVENTS, Lake, Place
from regulars.analytics.person_map import export_person_map
from tests.integration.people import know, regroup


def test_the_map_is_written_when_it_changed_and_only_then(database, tmp_path):
    place = Place(root=str(tmp_path / "lake"))
    lake = Lake(database=database, place=place, tables=(EVENTS,))
    with database.transaction() as tx:
        know(tx, [1, 2, 3, 4])
        regroup(tx, {2: 1, 4: 1}, ())

    written = [export_person_map(lake), export_person_map(lake)]
    first = people(place)
    with database.transaction() as tx:
        regroup(tx, {4: 4, 3: 1}, ())
    written += [export_person_map(lake), export_person_map(lake)]

    assert written == [True, False, True, False]
    assert (first, people(place)) == ({2: 1, 4: 1}, {2: 1, 3: 1})


def people(place: Place) -> dict[int, int]:
    table = DeltaTable(place.table("persons"))
    rows = pq.read_table(table.file_uris()).to_pylist()
    return {row["customer_id"]: row["person_id"] for row in rows}
