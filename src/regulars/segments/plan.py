"""What is live, ready to be asked: what is asked together, and which events concern which of it."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from uuid import UUID

from regulars import access, definitions
from regulars.conditions import Book, Condition, InStage, Listed, expand
from regulars.db import Tx, rows
from regulars.kernel import Invalid
from regulars.segments.bare_kinds import BARE_SEGMENT, BARE_SEGMENTATION
from regulars.segments.concerning import STAYS, Concern, concerns
from regulars.segments.model import SegmentationBody, SegmentBody, stage_key
from regulars.segments.nesting import all_uses
from regulars.segments.statements import SQL

PLANS_MAX = 8
LOGGER = logging.getLogger("regulars.segments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    segment_key: str
    segment_id: int
    is_counted: bool  # False before everybody was first asked.


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Conditions of which a customer is in the first that holds: a segment's one, or an approach's stages."""

    name: str  # segment/<key> or segmentation/<key>
    keys: tuple[str, ...]
    segment_ids: tuple[int, ...]
    conditions: tuple[Condition, ...]  # Those of segments and stages they name put in.
    uses: frozenset[str]  # The names of the units it asks, by way of others too.
    concern: Concern
    is_counted: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    zone: str
    units: tuple[Unit, ...]

    @cached_property
    def counted(self) -> tuple[Unit, ...]:
        """Those kept with the log; the others are first to be computed for everybody."""
        return tuple(unit for unit in self.units if unit.is_counted)

    @cached_property
    def by_event(self) -> Mapping[str, tuple[Unit, ...]]:
        """By an event's name, what it concerns; by EVERY, what any does."""
        found: dict[str, list[Unit]] = {}
        for unit in self.counted:
            for name in unit.concern.events:
                found.setdefault(name, []).append(unit)
        return {name: tuple(units) for name, units in found.items()}

    @cached_property
    def of_orders(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.counted if unit.concern.orders)

    @cached_property
    def of_stays(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.counted if unit.concern.events & STAYS)

    @cached_property
    def of_catalogue(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.counted if unit.concern.catalogue)

    @cached_property
    def by_segment(self) -> Mapping[int, str]:
        return {
            segment_id: key
            for unit in self.units
            for segment_id, key in zip(unit.segment_ids, unit.keys, strict=True)
        }

    def touched(self, names: Iterable[str]) -> tuple[Unit, ...]:
        """What is named, and what asks it."""
        wanted = set(names)
        return tuple(unit for unit in self.units if unit.name in wanted or unit.uses & wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What is live now, as the definitions say."""

    segments: Mapping[str, SegmentBody]
    approaches: Mapping[str, SegmentationBody]

    def book(self) -> Book:
        """What conditions may name."""
        return Book(
            segments={key: asked_of(body) for key, body in self.segments.items()},
            approaches={
                key: tuple((stage.key, stage.condition) for stage in body.stages)
                for key, body in self.approaches.items()
            },
        )

    def keys(self) -> list[str]:
        """Every segment and stage, those too that are another name of a stage."""
        stages = [stage_key(key, one.key) for key, body in self.approaches.items() for one in body.stages]
        return [*self.segments, *stages]


_KEPT: dict[tuple[UUID, str], Plan] = {}
_TURN = Lock()


def live_definitions(tx: Tx) -> Live:
    return Live(
        segments={found.key: found.body for found in definitions.all_live(tx, BARE_SEGMENT)},
        approaches={found.key: found.body for found in definitions.all_live(tx, BARE_SEGMENTATION)},
    )


def plan_of(tx: Tx, generation: UUID) -> Plan:
    """The plan of a generation, worked out once a process; who changes what is live begins another."""
    asked = (generation, access.zone(tx))
    with _TURN:
        kept = _KEPT.get(asked)
    if kept is None:
        kept = made_plan(tx, live_definitions(tx), leave_out=True)
        with _TURN:
            while len(_KEPT) >= PLANS_MAX:
                _KEPT.pop(next(iter(_KEPT)))
            _KEPT[asked] = kept
    return kept


def made_plan(tx: Tx, live: Live, *, leave_out: bool = False) -> Plan:
    """Raises Invalid when what is live asks itself, or what is not there, unless such is to be left out.

    Nothing of the kind goes live; should it be there all the same, the others are kept.
    """
    known = {row.segment_key: row for row in rows(tx, SQL.ids, Numbered, keys=live.keys())}
    make = _maker(tx, live, known, leave_out=leave_out)
    units = [
        make(f"segment/{key}", [key], [asked_of(body) or Listed(segment=key)])
        for key, body in live.segments.items()
        if body.approach is None
    ]
    units += [
        make(
            f"segmentation/{key}",
            [stage_key(key, stage.key) for stage in body.stages],
            [stage.condition for stage in body.stages],
        )
        for key, body in live.approaches.items()
    ]
    return Plan(zone=access.zone(tx), units=tuple(one for one in units if one is not None))


def _maker(
    tx: Tx, live: Live, known: Mapping[str, Numbered], *, leave_out: bool
) -> Callable[[str, Sequence[str], Sequence[Condition]], Unit | None]:
    book, uses, concern = live.book(), all_uses(live.segments, live.approaches), concerns(tx)

    def made(name: str, keys: Sequence[str], conditions: Sequence[Condition]) -> Unit | None:
        if any(key not in known for key in keys):
            return None
        try:
            expanded = tuple(expand(condition, book, of=name) for condition in conditions)
        except Invalid as wrong:
            if not leave_out:
                raise
            LOGGER.error("%s cannot be kept: %s", name, wrong)  # noqa: TRY400 - the reason says it
            return None
        return Unit(
            name=name,
            keys=tuple(keys),
            segment_ids=tuple(known[key].segment_id for key in keys),
            conditions=expanded,
            uses=uses[name],
            concern=concern(expanded),
            is_counted=all(known[key].is_counted for key in keys),
        )

    return made


def asked_of(body: SegmentBody) -> Condition | None:
    """The condition a body stands for; None for a list."""
    if body.approach is not None and body.stage is not None:
        return InStage(approach=body.approach, stages=(body.stage,))
    return body.condition
