"""Ids that a caller gives its writes, so that the same write twice is done once."""

from typing import Annotated

from fastapi import Header
from pydantic import Field

from regulars.api.shapes import Text
from regulars.kernel import Finding, Invalid

WriteId = Annotated[
    Text | None,
    Field(
        min_length=1,
        max_length=200,
        description="An id of your choice, instead of the header: the same id twice is done once.",
        examples=["till-7-000123"],
    ),
]
IdempotencyKey = Annotated[
    Text | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="An id of your choice: the same id twice is done once and gives the first answer.",
        examples=["till-7-000123"],
    ),
]


def chosen_key(header: str | None, field: str | None) -> str:
    if header is not None and field is not None and header != field:
        told = "The header Idempotency-Key and the field id differ; send one of them."
        raise Invalid(told, [Finding(path="id", code="key.two", message=told)])
    chosen = header or field
    if chosen is None:
        told = "A change of points takes an id of your choice: the header Idempotency-Key, or the field id."
        raise Invalid(told, [Finding(path="id", code="key.missing", message=told)])
    return chosen
