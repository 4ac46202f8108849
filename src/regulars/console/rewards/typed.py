"""What a form of these pages holds, read into the body of a definition."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from regulars import definitions
from regulars.conditions import InSegment, plain
from regulars.console.data.connections import slug
from regulars.db import Tx
from regulars.definitions import Kind
from regulars.kernel import Finding, Invalid, day_bounds, local_day
from regulars.segments import SEGMENT

KEPT = "as it is"  # Of an audience that is no single segment.


class Reader:
    """Reads fields one by one and remembers what is wrong with each."""

    def __init__(self, given: Mapping[str, str], zone: str) -> None:
        self.given = {name: text.strip() for name, text in given.items()}
        self.zone = zone
        self.wrong: list[Finding] = []

    def text(self, name: str) -> str:
        return self.given.get(name, "")

    def ticked(self, name: str) -> bool:
        return bool(self.given.get(name))

    def whole(self, name: str) -> int | None:
        """A number without digits after the point; None where nothing was typed."""
        text = self.text(name).replace(",", "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004 - far above any limit
            self._refuse(name, f"Write a whole number; {text[:40]!r} was found.")
            return None
        return int(text)

    def day(self, name: str, *, last: bool = False) -> datetime | None:
        """When a day begins in the workspace's zone, or ends."""
        text = self.text(name)
        if not text:
            return None
        try:
            return day_bounds(date.fromisoformat(text), self.zone)[1 if last else 0]
        except (ValueError, OverflowError):
            self._refuse(name, f"Write a day as 2026-03-01; {text[:40]!r} was found.")
            return None

    def done(self) -> None:
        if self.wrong:
            raise Invalid("Please check what you entered.", self.wrong)

    def _refuse(self, name: str, message: str) -> None:
        self.wrong.append(Finding(path=name, code="form.unreadable", message=message))


def filled_only(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left empty, which then has its default."""
    return {name: value for name, value in body.items() if value not in ("", None, (), [])}


def shown_day(instant: datetime | None, zone: str, *, last: bool = False) -> str:
    if instant is None:
        return ""
    day = local_day(instant, zone)
    before = day.fromordinal(day.toordinal() - 1)
    return (before if last and day_bounds(day, zone)[0] == instant else day).isoformat()


def audiences(tx: Tx, who: object) -> tuple[tuple[str, str], ...]:
    """Everybody, each live segment, and what stands there already."""
    live = [(one.key, one.title) for one in definitions.all_live(tx, SEGMENT)]
    kept = [(KEPT, "As it is defined")] if who is not None and not isinstance(who, InSegment) else []
    return (("", "Everybody"), *kept, *live)


def audience_of(who: object) -> str:
    if isinstance(who, InSegment):
        return who.segment
    return "" if who is None else KEPT


def who_of(chosen: str, before: Any) -> Any:
    """The condition that was chosen, as a definition holds it."""
    if not chosen:
        return None
    return plain(before) if chosen == KEPT else plain(InSegment(segment=chosen))


def free_key(tx: Tx, kind: Kind[Any], name: str, taken: Sequence[str]) -> str:
    """A key made of a name, with a number where it is taken or an address of ours."""
    wanted = slug(name)
    if not wanted:
        told = "Give it a name with at least one letter or digit."
        raise Invalid(told, [Finding(path="name", code="form.name", message=told)])
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, 99))]
    return next(one for one in names if one not in taken and not definitions.versions(tx, kind, one))


def errors_of(wrong: Invalid) -> dict[str, str]:
    return {one.path.partition("[")[0]: one.message for one in wrong.findings}
