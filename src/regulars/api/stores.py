"""Stores: where people buy."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from regulars import orders
from regulars.api.calling import Calling, permission, resource
from regulars.api.problems import documented
from regulars.api.shapes import Cursor, Day, In, Instant, Limit, Line, Out, Page, Text, id_in_path, id_type
from regulars.kernel import Finding, Invalid, parse_public_id

router = resource("stores")
ITEMS_MAX = 1000
LongText = Annotated[Text, Field(max_length=400)]


class Store(Out):
    id: Annotated[str, id_type("sto", "a store")]
    store_key: str = Field(description="The key that orders name.", examples=["7"])
    name: str | None = Field(examples=["North Street"])
    address: str | None
    city: str | None
    postcode: str | None
    country: str | None = Field(description="Two letters.", examples=["US"])
    zone: str | None = Field(description="An IANA name.", examples=["America/New_York"])
    latitude: float | None
    longitude: float | None
    opened_on: Day | None
    closed_on: Day | None
    updated_at: Instant


class StorePut(In):
    store_key: Annotated[Line, Field(min_length=1, pattern=r"\S")] = Field(examples=["7"])
    name: LongText | None = Field(default=None, examples=["North Street"])
    address: LongText | None = None
    city: Line | None = None
    postcode: Annotated[Text, Field(max_length=40)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(default=None, examples=["US"])
    zone: Annotated[Text, Field(max_length=60)] | None = Field(default=None, examples=["America/New_York"])
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(default=None, examples=[40.7])
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = Field(default=None, examples=[-74.0])
    opened_on: Day | None = None
    closed_on: Day | None = Field(default=None, examples=[None])


class StoresPut(In):
    stores: tuple[StorePut, ...] = Field(min_length=1, max_length=ITEMS_MAX, strict=False)


class StoresWritten(Out):
    written: int = Field(description="How many were written; of one key given twice the last counts.")


@router.get("/stores", openapi_extra=permission("customers.view"))
def list_stores(
    call: Calling,
    q: Annotated[Line | None, Query(description="Words of name, city or key.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Store]:
    """The stores by key."""
    with call.enter() as entered:
        page = orders.list_stores(entered.tx, q, cursor, limit)
        return Page(items=tuple(Store.model_validate(one) for one in page.items), next=page.next)


@router.get("/stores/{store}", openapi_extra=permission("customers.view"))
def get_store(call: Calling, store: Annotated[str, id_in_path("sto", "the store")]) -> Store:
    """One store."""
    with call.enter() as entered:
        return Store.model_validate(orders.get_store(entered.tx, parse_public_id("sto", store)))


@router.put("/stores", openapi_extra=permission("catalogue.edit"), responses=documented(400, 409, 413, 415))
def put_stores(call: Calling, body: StoresPut) -> StoresWritten:
    """Add stores or change those known by their key, all or none; what is left out stays, twice is once."""
    with call.enter() as entered:
        read, findings = [], []
        for place, one in enumerate(body.stores):
            try:
                read.append(orders.store_of(one.model_dump(exclude_none=True)))
            except orders.UnreadableStore as wrong:
                findings += [
                    Finding(path=f"stores[{place}].{f.path}", code=f.code, message=f.message)
                    for f in wrong.findings
                ]
        if findings:
            raise Invalid("Nothing was written: some stores cannot be taken.", findings)
        written = orders.put_stores(entered.tx, read, at=entered.at)
        entered.record("stores.put", kind="catalogue", subject="stores", after={"stores": written})
        return StoresWritten(written=written)
