"""Reading the shop's own figures from comma separated values, or saying line by line why not."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import ClassVar
from zoneinfo import ZoneInfo

from regulars.kernel import Finding, Invalid, minor_digits

BYTES_MAX = 30_000_000
ROWS_MAX = 500_000
FINDINGS_MAX = 20
KEY_SIGNS_MAX = 200
AMOUNT_MAX = Decimal(10) ** 12
YEARS = range(1900, 2300)
NAMES: Mapping[str, tuple[str, ...]] = {
    "order": ("order_id", "order id", "order", "order number", "order_number", "name", "id"),
    "day": ("date", "day", "created at", "created_at", "order date", "order_date", "date_created"),
    "orders": ("orders", "order count", "order_count", "number of orders"),
    "total": ("total", "sum", "amount", "total_price", "total sales", "revenue", "order total"),
    "refunded": ("refunded", "refunded amount", "refunded_amount", "refunds", "returns"),
}
SIGNATURES = ((b"PK\x03\x04", "an Excel or ZIP file"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip file"))


class UnreadableFigures(Invalid):
    code: ClassVar[str] = "orders.unreadable_figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirDay:
    day: date
    orders: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirOrder:
    order_key: str
    day: date
    total_minor: int
    refunded_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The shop's figures: sums of days, or single orders."""

    days: tuple[TheirDay, ...] = ()
    orders: tuple[TheirOrder, ...] = ()
    with_refunds: bool = False  # What was given back is told, or already taken off the sums of days.


def read_figures(content: bytes, *, currency: str, zone: str) -> Theirs:
    """The figures of a file; raises UnreadableFigures with the line of each of the first twenty wrong ones.

    Needs a heading: `date,orders,total`, or `order_id,date,total` with `refunded` where known. Other columns
    are passed over. An instant counts for its day in the zone.
    """
    reader = _table(_text(content))
    try:
        places = _places(reader.fieldnames or ())
    except csv.Error as cause:
        raise UnreadableFigures(f"The heading cannot be read as comma separated values: {cause}.") from cause
    reading = _Reading(places=places, currency=currency, zone=ZoneInfo(zone))
    theirs = reading.read(reader)
    if reading.findings:
        shown = reading.findings[:FINDINGS_MAX]
        more = (
            f" (the first {len(shown)} of {len(reading.findings)})"
            if len(reading.findings) > len(shown)
            else ""
        )
        told = "; ".join(f"{one.path}: {one.message}" for one in shown[:3])
        raise UnreadableFigures(f"Nothing was compared, lines cannot be read{more}: {told}.", shown)
    if not theirs.days and not theirs.orders:
        raise UnreadableFigures("The file has a heading and no line under it: nothing was compared.")
    return theirs


def _text(content: bytes) -> str:
    if len(content) > BYTES_MAX:
        raise UnreadableFigures(f"The file is larger than {BYTES_MAX // 1_000_000} MB: split it by month.")
    for start, what in SIGNATURES:
        if content.startswith(start):
            raise UnreadableFigures(f"The file is {what}, not comma separated values: save it as CSV first.")
    if b"\x00" in content[:100_000]:
        raise UnreadableFigures("The file is not text: save it as CSV, in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # What spreadsheets write on Windows; digits are the same.


def _table(text: str) -> "csv.DictReader[str]":
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    csv.field_size_limit(100_000)
    return csv.DictReader(io.StringIO(text, newline=None), delimiter=delimiter)


def _places(names: Sequence[str]) -> dict[str, str]:
    """Which column holds what, by its heading."""
    plain = {(name or "").strip().lower(): name for name in names}
    found = {
        what: plain[known] for what, aliases in NAMES.items() for known in reversed(aliases) if known in plain
    }
    if "day" not in found or "total" not in found or not ("order" in found or "orders" in found):
        raise UnreadableFigures(
            f"The heading must name date,orders,total or order_id,date,total; found "
            f"{', '.join(str(name)[:40] for name in list(names)[:12]) or 'nothing'}."
        )
    return found


class _Reading:
    def __init__(self, *, places: dict[str, str], currency: str, zone: ZoneInfo) -> None:
        self.places = places
        self.factor = Decimal(10) ** minor_digits(currency)
        self.zone = zone
        self.findings: list[Finding] = []

    def read(self, table: "csv.DictReader[str]") -> Theirs:
        rows = self._rows(table)
        if "order" in self.places:
            orders = {one.order_key: one for one in self._orders(rows)}
            return Theirs(orders=tuple(orders.values()), with_refunds="refunded" in self.places)
        days: dict[date, TheirDay] = {}
        for number, row in rows:
            one = self._day_of(number, row)
            if one is None:
                continue
            if one.day in days:
                self._wrong(number, f"the day {one.day} stands there twice")
            days[one.day] = one
        return Theirs(days=tuple(days.values()), with_refunds=False)

    def _rows(self, table: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
        try:
            for number, row in enumerate(table, 2):
                if number > ROWS_MAX + 1:
                    raise UnreadableFigures(f"The file has more than {ROWS_MAX:,} lines: split it by month.")
                if any(isinstance(value, str) and value.strip() for value in row.values()):
                    yield number, row
        except csv.Error as cause:
            raise UnreadableFigures(f"The file cannot be read as comma separated values: {cause}.") from cause

    def _cell(self, row: dict[str, str], what: str) -> str:
        return (row.get(self.places.get(what, "")) or "").strip()

    def _wrong(self, number: int, message: str) -> None:
        self.findings.append(Finding(path=f"line {number}", code=UnreadableFigures.code, message=message))

    def _orders(self, rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[TheirOrder]:
        seen: set[str] = set()
        for number, row in rows:
            key = self._cell(row, "order")
            if not key or len(key) > KEY_SIGNS_MAX:
                self._wrong(number, "the order's id is missing or too long")
                continue
            if key in seen and not self._cell(row, "total"):
                continue  # Exports with a line for each product tell the sum on the first of an order only.
            if key in seen:
                self._wrong(number, f"the order {key[:40]} stands there twice")
                continue
            seen.add(key)
            day, total = self._day(number, row), self._minor(number, row, "total")
            refunded = self._minor(number, row, "refunded") if self._cell(row, "refunded") else None
            if day and total is not None:
                yield TheirOrder(order_key=key, day=day, total_minor=total, refunded_minor=refunded)

    def _day_of(self, number: int, row: dict[str, str]) -> TheirDay | None:
        day, total = self._day(number, row), self._minor(number, row, "total")
        said = self._cell(row, "orders").replace(",", "")
        if not said.isdecimal() or len(said) > 9:  # noqa: PLR2004 - a count of one day.
            self._wrong(number, f"the number of orders is not a whole number: found {said[:40]!r}")
            return None
        if day is None or total is None:
            return None
        return TheirDay(day=day, orders=int(said), total_minor=total)

    def _day(self, number: int, row: dict[str, str]) -> date | None:
        said = self._cell(row, "day")
        try:
            day = self._read_day(said)
        except (ValueError, OverflowError):
            self._wrong(number, f"the date is not written as 2025-03-01: found {said[:40]!r}")
            return None
        if day.year not in YEARS:
            self._wrong(number, f"the year is not between 1900 and 2299: found {said[:40]!r}")
            return None
        return day

    def _read_day(self, said: str) -> date:
        """A day as it stands there, an instant with an offset as the zone's day; raises ValueError."""
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            with suppress(ValueError):
                return datetime.strptime(said, form).replace(tzinfo=UTC).date()
        with suppress(ValueError):
            return datetime.strptime(said, "%Y-%m-%d %H:%M:%S %z").astimezone(self.zone).date()
        read = datetime.fromisoformat(said)
        return read.date() if read.tzinfo is None else read.astimezone(self.zone).date()

    def _minor(self, number: int, row: dict[str, str], what: str) -> int | None:
        said = self._cell(row, what)
        try:
            amount = Decimal(_plain(said))
        except InvalidOperation:
            self._wrong(number, f"{what} is not a number such as 12.30: found {said[:40]!r}")
            return None
        if not amount.is_finite() or abs(amount) > AMOUNT_MAX:
            self._wrong(number, f"{what} is beyond 1,000,000,000,000")
            return None
        return int((amount * self.factor).to_integral_value(rounding="ROUND_HALF_UP"))


def _plain(said: str) -> str:
    """1,234.50 and 1.234,50 and 1234,50 as 1234.50; what could be read two ways stays as it is.

    >>> _plain("1,234.50"), _plain("1.234,50"), _plain("12,5"), _plain("$ 9.00")
    ('1234.50', '1234.50', '12.5', '9.00')
    """
    text = said.replace("\u00a0", "").replace(" ", "").lstrip("$€£¥")
    if "," not in text:
        return text
    if "." in text:
        whole, mark = (".", ",") if text.rindex(",") > text.rindex(".") else (",", ".")
        return text.replace(whole, "").replace(mark, ".")
    head, _, tail = text.rpartition(",")
    return f"{head}.{tail}" if "," not in head and len(tail) != 3 else text  # noqa: PLR2004 - of thousands.
