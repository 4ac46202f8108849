"""Reading an upload: a file with an identifier on each line, or a CSV with a column of them."""

import csv
import io
from dataclasses import dataclass

from regulars.kernel import Finding, Invalid

BYTES_MAX = 64 * 2**20
LINES_MAX = 2_000_000
SIGNS_MAX = 320
SHOWN = 20
# What a heading may be called, and the kind of identifier below it.
HEADINGS = {
    "user_id": "user_id", "userid": "user_id", "user id": "user_id", "external_id": "user_id",
    "email": "email", "e-mail": "email", "mail": "email", "email address": "email",
    "phone": "phone", "telephone": "phone", "mobile": "phone",
    "card": "card", "card number": "card", "card_number": "card",
    "customer": "customer_id", "customer_id": "customer_id", "customer id": "customer_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    kind: str
    identifiers: tuple[str, ...]  # Each once, in their order.
    problems: tuple[Finding, ...]  # Lines that could not be read, the first of them.
    skipped: int  # Lines that could not be read, all of them.
    lines: int


def read_list(data: bytes, kind: str | None = None) -> ReadList:
    """The identifiers of a file; without a kind its heading says which. Raises Invalid when none can be read.

    One column needs no heading; of several the one whose heading names the kind is taken.
    """
    lines = _lines(data)
    heading = [one.strip().casefold() for one in lines[0]]
    kinds = [HEADINGS.get(one, one) for one in heading]
    known = [one for one in kinds if one in HEADINGS.values()]
    wanted = kind or next(iter(known), None) or _guessed(lines)
    has_heading = wanted in kinds or bool(known)
    if wanted in kinds:
        column = kinds.index(wanted)
    elif len(heading) == 1:
        column = 0
    else:
        found = ", ".join(heading[:SHOWN]) or "nothing"
        raise _unreadable(f"No column is called {wanted}; found {found}. Name one so, or give one column.")
    return _column(lines[1 if has_heading else 0 :], wanted, column, first=2 if has_heading else 1)


def _lines(data: bytes) -> list[list[str]]:
    if len(data) > BYTES_MAX:
        raise _unreadable(f"The file has {len(data):,} bytes; at most {BYTES_MAX:,} are read. Divide it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise _unreadable(
            f"The byte at {cause.start:,} is no UTF-8. Save the file as CSV in UTF-8."
        ) from cause
    if "\0" in text:
        raise _unreadable("The file holds NUL signs: it is no text. Save it as CSV.")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        found = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line)]
    except csv.Error as cause:
        raise _unreadable(f"It cannot be read as CSV ({cause}).") from cause
    if not found:
        raise _unreadable("The file is empty; give one identifier on each line.")
    if len(found) > LINES_MAX:
        raise _unreadable(f"The file has {len(found):,} lines; at most {LINES_MAX:,} are read. Divide it.")
    return found


def _column(lines: list[list[str]], kind: str, column: int, *, first: int) -> ReadList:
    found: dict[str, None] = {}
    problems: list[Finding] = []
    for number, line in enumerate(lines, first):
        given = line[column].strip() if column < len(line) else ""
        if 0 < len(given) <= SIGNS_MAX:
            found[given] = None
        else:
            said = "is missing" if not given else f"has {len(given):,} signs, more than {SIGNS_MAX}"
            message = f"Line {number:,}: the identifier {said}."
            problems.append(Finding(path=f"line {number}", code="segments.line", message=message))
    if not found:
        raise _unreadable("No line has an identifier.")
    return ReadList(
        kind=kind,
        identifiers=tuple(found),
        problems=tuple(problems[:SHOWN]),
        skipped=len(problems),
        lines=len(lines),
    )


def _guessed(lines: list[list[str]]) -> str:
    """What a column without a heading holds: addresses, our own numbers, or your ids."""
    given = [line[0].strip() for line in lines[:100]]
    if all("@" in one for one in given):
        return "email"
    return "customer_id" if all(one.startswith("cus_") for one in given) else "user_id"


def _unreadable(message: str) -> Invalid:
    return Invalid(message, [Finding(path="file", code="segments.unreadable", message=message)])
