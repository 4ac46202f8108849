"""What one person was known by, as a regular expression of PostgreSQL that finds it in texts and JSON."""

import html
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

# A shorter value says nothing by itself: it counts only where it stands as an id.
SIGNS_MIN = 6
VALUES_AT_ONCE = 20
# Nor do mere words, however long: whoever calls themselves "Order Completed" would take all of those along.
WORDS = re.compile(r"[^\W\d]+(?:[ .:/-]+[^\W\d]+)*")
ID_NAMES = "userId|user_id|anonymousId|anonymous_id|previousId|previous_id"
# Between what it may stand: ann@shop is not in jo.ann@shop, nor in ann@shop.de. Consumed, not looked at:
# expressions that look around are twenty times slower.
BEFORE = r"(?:^|[^[:alnum:]._%+-]|\\[nrt]|%[0-9a-fA-F]{2})"
AFTER = r"[.]*(?:$|[^[:alnum:]_.-])"
# The same without consuming, for what is written over.
LOOKING_BACK = r"(?:(?<![[:alnum:]._%+-])|(?<=\\[nrt])|(?<=%[0-9a-fA-F]{2}))"
LOOKING_ON = r"(?![.]*[[:alnum:]_-])"
NOTHING = r"(?!)x"  # Matches no text.


def is_telling(value: str) -> bool:
    """Whether a value says who somebody is wherever it stands.

    >>> [is_telling(value) for value in ("ann@shop.de", "shopper-12", "12", "Order Completed", "customer")]
    [True, True, False, False, False]
    """
    return len(value) >= SIGNS_MIN and not WORDS.fullmatch(value.strip())


def pattern_of(values: Iterable[str]) -> str:
    r"""The expression for `~*`; it matches nothing when no value is given.

    >>> pattern_of(["7"])
    '(?:"(?:userId|user_id|anonymousId|anonymous_id|previousId|previous_id)"\\s*:\\s*"?(?:7)"?\\s*[,}])'
    """
    return "|".join(_parts(values, BEFORE, AFTER)) or NOTHING


def writing_over(values: Iterable[str]) -> str:
    """The expression for `regexp_replace`: of what `pattern_of` finds the values themselves."""
    telling = [value for value in values if is_telling(value)]
    return "|".join(_parts(telling, LOOKING_BACK, LOOKING_ON)) or NOTHING


def within(values: Iterable[str]) -> str:
    """The expression for `~*` in keys of rows that are known to be the person's: wherever a value stands."""
    forms = dict.fromkeys(form for value in values if len(value) >= SIGNS_MIN for form in spellings(value))
    return "|".join(map(re.escape, forms)) or NOTHING


def _parts(values: Iterable[str], before: str, after: str) -> Iterable[str]:
    given = sorted({value for value in values if value.strip()}, key=lambda value: (-len(value), value))
    telling = [value for value in given if is_telling(value)]
    short = [value for value in given if not is_telling(value)]
    if telling:
        forms = dict.fromkeys(form for value in telling for form in spellings(value))
        yield f"{before}(?:{'|'.join(map(re.escape, forms))}){after}"
    if short:
        yield rf'(?:"(?:{ID_NAMES})"\s*:\s*"?(?:{"|".join(map(re.escape, short))})"?\s*[,}}])'


def pieces(values: Sequence[str], most: int = VALUES_AT_ONCE) -> list[Sequence[str]]:
    """The values, few at a time, at least one piece: an expression of many is slow at each text it meets."""
    return [values[start : start + most] for start in range(0, len(values), most)] or [values]


def spellings(value: str) -> Iterable[str]:
    """The value as it stands in text, in JSON, in an address of the web, and in HTML."""
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield quote_plus(value)
    yield html.escape(value)
