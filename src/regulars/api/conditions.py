"""What one can choose from when writing a condition, from the data."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from regulars import insights
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Instant, Line, Out
from regulars.conditions import SOURCES

router = resource("segments")


class Choice(Out):
    value: str | int | float | bool = Field(examples=["Gold"])
    count: int = Field(description="How many of those looked at have it; 0 where nobody counted.")
    title: str = Field(description="What people call it, where that is not the value.", examples=[""])


class PathSeen(Out):
    name: str = Field(examples=["address.city"])
    type: str = Field(description="text, number, boolean, list, date, moment.", examples=["text"])
    count: int = Field(description="How many of those looked at have it.")
    share: float = Field(description="Of those looked at.", examples=[0.82])
    distinct: int
    values: tuple[Choice, ...] = Field(description="The commonest first.")
    hidden: bool = Field(
        description="Whether values are left out, as contact details are for who may not see them."
    )


class EventSeen(Out):
    name: str = Field(examples=["Product Viewed"])
    count: int
    last_seen: Instant
    sources: tuple[str, ...] = Field(examples=[["site"]])
    properties: int


class PropertySeen(Out):
    name: str = Field(examples=["product.category"])
    type: str = Field(examples=["text"])
    count: int = Field(description="Since ever; of what stands inside objects, of the events looked at.")
    seen: PathSeen | None


class ColumnSeen(Out):
    name: str = Field(examples=["category"])
    title: str = Field(examples=["product's category"])
    type: str = Field(description="text, number, minor, instant, boolean.", examples=["text"])
    values: tuple[Choice, ...]
    lowest: float | None
    highest: float | None


class SourceSeen(Out):
    name: str = Field(examples=["order_line"])
    title: str = Field(examples=["bought products"])
    one: str = Field(examples=["bought product"])
    has_moment: bool
    ahead: bool = Field(description="Whether its moments lie ahead, as those of points that expire.")
    has_told: bool = Field(description="Whether its facts hold more than the columns, as events do.")
    names: tuple[Choice, ...]
    columns: tuple[ColumnSeen, ...]


class SourceName(Out):
    name: str = Field(examples=["order"])
    title: str = Field(examples=["orders"])


class ApproachSeen(Out):
    key: str = Field(examples=["lifecycle"])
    stages: tuple[Choice, ...]


class Choices(Out):
    segments: tuple[Choice, ...]
    approaches: tuple[ApproachSeen, ...]
    channels: tuple[str, ...] = Field(examples=[["email"]])
    topics: tuple[Choice, ...]
    identifiers: tuple[Choice, ...]


class Vocabulary(Out):
    """What was asked for; the rest is empty."""

    looked_at: int = Field(description="How many people the shares of traits are of.")
    traits: tuple[PathSeen, ...]
    events: tuple[EventSeen, ...]
    properties: tuple[PropertySeen, ...] = Field(description="Of the event asked for.")
    sources: tuple[SourceName, ...]
    source: SourceSeen | None
    choices: Choices | None


@router.get("/conditions/vocabulary", openapi_extra=permission("customers.view"))
def vocabulary(
    call: Calling,
    event: Annotated[Line | None, Query(description="Of an event, its properties alone.")] = None,
    source: Annotated[Line | None, Query(description="Of a source, its columns and values alone.")] = None,
) -> Vocabulary:
    """Traits, events, sources and what else conditions name, with examples and counts of samples."""
    said: dict[str, Any] = {
        "looked_at": 0, "traits": (), "events": (), "properties": (), "sources": (), "source": None,
        "choices": None,
    }  # fmt: skip
    with call.enter() as entered:
        tx, sees = entered.tx, entered.sees_contacts
        if event is not None:
            said["properties"] = insights.property_suggestions(tx, event, sees_contacts=sees)
        if source is not None:
            said["source"] = insights.source_choices(tx, source, sees_contacts=sees)
        if event is None and source is None:
            traits = insights.trait_suggestions(tx, sees_contacts=sees)
            said |= {
                "looked_at": traits.looked_at,
                "traits": traits.traits,
                "events": insights.event_suggestions(tx),
                "sources": sorted(SOURCES.values(), key=lambda one: one.name),
                "choices": insights.choices(tx),
            }
        return Vocabulary.model_validate(said)
