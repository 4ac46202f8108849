"""Who may publish in one place only changes no list of another."""

import pytest

from regulars import access, definitions, segments
from regulars.access import SYSTEM
from regulars.db import Database
from regulars.segments import SEGMENT, SegmentBody
from tests.acceptance.console import office
from tests.acceptance.console.office import AT, PASSWORD, Person


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_a_list_of_another_place_takes_nobody_on_or_off(database: Database) -> None:
    app = office.build(database)
    email = "nora@example.invalid"
    with database.transaction() as tx:
        nora = access.add_person(
            tx,
            SYSTEM,
            email=email,
            name="Nora North",
            level=5,
            function="marketing",
            scope="brand:north",
            at=AT,
        )
        access.give_password(tx, SYSTEM, nora.person_id, PASSWORD, at=AT)
        for key, scope in (("north", "brand:north"), ("south", "brand:south")):
            body = SegmentBody(name=key.title(), list=True)
            definitions.save_draft(tx, SYSTEM, SEGMENT, key, body, at=AT, scope=scope)
            definitions.publish(tx, SYSTEM, SEGMENT, key, at=AT)
    person = await Person(app).sign_in(email)

    for path, given in (
        ("/segments/south/people", {"pasted": "cus_1", "kind": "customer_id"}),
        ("/segments/south/people/cus_1/remove", {}),
        ("/customers/list", {"to": "south", "whom": "found"}),
    ):
        assert (await person.send(path, **given)).status_code == 403
    own = await person.send("/segments/north/people", pasted="cus_1", kind="customer_id")

    assert own.status_code == 200
    with database.transaction() as tx:
        assert segments.list_entries(tx, "south").items == ()
