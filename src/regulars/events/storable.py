"""Whether a message can be kept as it is: its size, its depth, and the texts no database holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec

from regulars.events.reception import Refusal

LEVELS_MAX = 32
PATH_SIGNS_MAX = 200
# The log keeps numbers of up to 400 digits: one member must not fill a page of a report.
DIGITS_MAX = 400
LARGEST = 10**DIGITS_MAX

# A number of so many digits fills a text of this size; a shorter text is not searched for one.
LONG_TEXT_FROM = 4_000
LONG_NUMBER = re.compile(rb"[0-9]{400}")

# Below it there is neither a number too long nor a message too large; the rest is for what is added to it.
HARMLESS_BYTES_MAX = LONG_TEXT_FROM - 100

ENCODER = msgspec.json.Encoder(decimal_format="number")


def is_harmless(text: bytes) -> bool:
    """Whether the text of a message alone proves that `unstorable` finds nothing; most are so.

    It must be JSON that was read strictly and has no number with an exponent. Without an escape no text can
    hold half of a sign, and none a sign that must be escaped; written again it is not longer.
    """
    return (
        len(text) <= HARMLESS_BYTES_MAX
        and b"\\" not in text
        and text.count(b"{") + text.count(b"[") <= LEVELS_MAX
    )


def unstorable(item: Mapping[str, Any], bytes_max: int) -> Refusal | None:
    """What forbids to keep the message; None when nothing does."""
    try:
        text = ENCODER.encode(item)
    except RecursionError:
        return _too_deep("")
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError) as cause:
        fallback = Refusal(
            code="events.unreadable", path="", reason=f"It cannot be written as JSON: {cause}."
        )
        return next(_flaws(item, "", 0), fallback)
    if len(text) > bytes_max:
        said = f"It has {len(text):,} bytes as JSON, at most {bytes_max:,} are kept. Send less, or in parts."
        return Refusal(code="events.too_large", path="", reason=said)
    return next(_flaws(item, "", 0), None) if _is_suspect(text) else None


def _is_suspect(text: bytes) -> bool:
    """Whether something may be wrong, so that the message must be walked to find its place.

    Plain searches, written out and for one sign first, cost a tenth of one regular expression.
    """
    return (
        (b"\\" in text and b"\\u0000" in text)
        or (b"E" in text and (b"E+" in text or b"E-" in text))
        or (b"N" in text and b"NaN" in text)
        or (b"I" in text and b"Infinity" in text)
        or text.count(b"{") + text.count(b"[") > LEVELS_MAX
        or (len(text) > LONG_TEXT_FROM and LONG_NUMBER.search(text) is not None)
    )


def _flaws(value: object, path: str, level: int) -> Iterator[Refusal]:
    if isinstance(value, str):
        yield from _of_text(value, path)
    elif isinstance(value, Mapping):
        if level == LEVELS_MAX:
            yield _too_deep(path)
            return
        for name, member in value.items():
            below = f"{path}.{name}" if path else str(name)
            yield from _of_text(str(name), path)
            yield from _flaws(member, below, level + 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        if level == LEVELS_MAX:
            yield _too_deep(path)
            return
        for number, member in enumerate(value):
            yield from _flaws(member, f"{path}[{number}]", level + 1)
    elif not isinstance(value, bool) and _is_oversized(value):
        yield Refusal(
            code="events.number",
            path=shown(path),
            reason=f"The number is none, or has more than {DIGITS_MAX} digits.",
        )


def _is_oversized(value: object) -> bool:
    if isinstance(value, int):
        return bool(abs(value) >= LARGEST)
    if isinstance(value, float) and not isfinite(value):
        return True
    written = ENCODER.encode(value).decode()
    if written in ("NaN", "Infinity", "-Infinity", "sNaN"):
        return True
    exponent = re.search(r"[eE]([+-]?[0-9]+)$", written)
    return len(written) > DIGITS_MAX or (exponent is not None and abs(int(exponent[1])) > DIGITS_MAX)


def _of_text(text: str, path: str) -> Iterator[Refusal]:
    if "\0" in text:
        said = "The text holds a NUL sign, which cannot be stored. Remove it."
        yield Refusal(code="events.text", path=shown(path), reason=said)
    elif not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        said = "The text holds half of a surrogate pair, which is no sign. Remove it, or send the whole sign."
        yield Refusal(code="events.text", path=shown(path), reason=said)


def _too_deep(path: str) -> Refusal:
    said = f"It is nested more than {LEVELS_MAX} levels deep. Flatten it."
    return Refusal(code="events.too_deep", path=shown(path), reason=said)


def shown(path: str) -> str:
    """A path that can be stored itself, and read."""
    plain = path.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    return plain if len(plain) <= PATH_SIGNS_MAX else plain[:PATH_SIGNS_MAX] + "…"
