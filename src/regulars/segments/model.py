"""What people define: a segment, or an approach that divides everybody into stages."""

import msgspec

from regulars.conditions import EVERYBODY, Condition


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str
    name: str
    description: str = ""
    condition: Condition


class SegmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A condition, or the name of a stage of an approach, or a list: exactly one of the three."""

    name: str
    description: str = ""
    condition: Condition | None = None
    approach: str | None = None
    stage: str | None = None
    list: bool = False  # Who stands on it was put there; see the entries.


class SegmentationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approach: of its stages, in order, each customer is in the first whose condition holds."""

    name: str
    description: str = ""
    stages: tuple[Stage, ...]

    @property
    def covers_everybody(self) -> bool:
        return bool(self.stages) and self.stages[-1].condition == EVERYBODY


def stage_key(approach: str, stage: str) -> str:
    """The key under which a stage's members are kept; no definition's own key holds a point."""
    return f"{approach}.{stage}"
