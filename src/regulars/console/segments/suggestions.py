"""What the builder offers: names and values that the data really have, with how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from regulars import customers, definitions, events, segments
from regulars.conditions import SOURCES
from regulars.console.formats import count_of, short
from regulars.console.segments.fields import Known, Option
from regulars.db import Tx
from regulars.segments import SEGMENTATION

KNOWN: Mapping[str, Known] = {
    "text": "text",
    "string": "text",
    "email": "text",
    "url": "text",
    "date": "text",
    "number": "number",
    "integer": "number",
    "minor": "number",
    "boolean": "boolean",
    "instant": "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    value: str
    note: str = ""  # How many have it, and examples.
    known: Known = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """By what is asked: ("traits",), ("names", source), ("properties", source, name), ("values", …), …"""

    lists: Mapping[tuple[str, ...], tuple[Suggested, ...]] = field(default_factory=dict)
    options: Mapping[tuple[str, ...], tuple[Option, ...]] = field(default_factory=dict)

    def known(self, about: tuple[str, ...], value: str) -> Known:
        """The type that the data have under a name."""
        return next((one.known for one in self.lists.get(about, ()) if one.value == value), "")


def vocabulary(tx: Tx) -> Vocabulary:
    lists = {
        ("traits",): _traits(tx),
        ("channels",): tuple(Suggested(value=name) for name in customers.CONSENT_CHANNELS),
        ("topics",): tuple(
            Suggested(value=one.key, note=one.title) for one in customers.consent_policy(tx).topics
        ),
        ("identifiers",): tuple(
            Suggested(value=kind, note=title) for kind, title in customers.kind_titles(tx).items()
        ),
        **_tracked(tx),
        **_columns(),
    }
    return Vocabulary(lists=lists, options=_memberships(tx))


def _traits(tx: Tx) -> tuple[Suggested, ...]:
    return tuple(
        Suggested(
            value=one.name,
            note=f"{count_of(one.customers, 'customer')}, as {one.example}",
            known=KNOWN.get(one.declared or (one.types[0][0] if one.types else ""), ""),
        )
        for one in customers.quality(tx).traits
    )


def _tracked(tx: Tx) -> dict[tuple[str, ...], tuple[Suggested, ...]]:
    names: dict[str, int] = {}
    properties: dict[str, dict[str, tuple[int, str]]] = {}
    for one in events.discovered(tx):
        if not one.property:
            names[one.name] = names.get(one.name, 0) + one.volume
        else:
            seen = properties.setdefault(one.name, {})
            volume, kind = seen.get(one.property, (0, ""))
            seen[one.property] = (volume + one.volume, one.json_type if one.volume > volume else kind)
    lists: dict[tuple[str, ...], tuple[Suggested, ...]] = {
        ("properties", "event", name): tuple(
            Suggested(value=prop, note=f"{short(volume)} times", known=KNOWN.get(kind, ""))
            for prop, (volume, kind) in sorted(seen.items(), key=lambda item: -item[1][0])
        )
        for name, seen in properties.items()
    }
    lists["names", "event"] = tuple(
        Suggested(value=name, note=f"{short(volume)} times")
        for name, volume in sorted(names.items(), key=lambda item: -item[1])
    )
    return lists


def _columns() -> dict[tuple[str, ...], tuple[Suggested, ...]]:
    """The columns of each source, whichever of its facts are asked."""
    return {
        ("columns", source.name): tuple(
            Suggested(value=name, note=column.title, known=KNOWN.get(column.type, ""))
            for name, column in source.columns.items()
        )
        for source in SOURCES.values()
    }


def _memberships(tx: Tx) -> dict[tuple[str, ...], tuple[Option, ...]]:
    sizes = segments.sizes(tx)
    approaches = definitions.all_live(tx, SEGMENTATION)
    return {
        ("segments",): (
            Option(value="", title="Choose…"),
            *(
                Option(value=one.key, title=f"{one.title} ({one.members:,})")
                for one in sizes
                if one.approach is None or one.names_stage
            ),
        ),
        ("approaches",): (
            Option(value="", title="Choose…"),
            *(Option(value=one.key, title=one.body.name) for one in approaches),
        ),
        **{
            ("stages", one.key): tuple(Option(value=stage.key, title=stage.name) for stage in one.body.stages)
            for one in approaches
        },
    }
