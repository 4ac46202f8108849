"""How a cell is read: for each type the SQL of its value, and of what is wrong with it.

A value comes as a text of JSON, so that a number stays as exact as it was written. Nothing of the file stands
in the SQL but the places of its columns.
"""

import json
from dataclasses import dataclass

from regulars.imports import duck
from regulars.imports.target import Type

KEY_SIGNS_MAX = 200
CELL_SIGNS_MAX = 100_000
DEPTH_MAX = 60  # Of JSON in a cell; the log takes 64 levels, and a cell lies in some.
EMAIL = r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]{2,63}"
NUMBER = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"
EXPONENT = r"-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,2}"
OFFSET = r" ?([+-][0-9]{2}):?([0-9]{2})$"
ZONED = r"([zZ]|[+-][0-9]{2}:?[0-9]{2})$"
YES = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "on",
    "x",
    "ja",
    "oui",
    "si",
    "sí",
    "sì",
    "wahr",
    "vrai",
    "verdadero",
    "vero",
    "tak",
)
NO = ("false", "f", "no", "n", "0", "off", "nein", "non", "falsch", "faux", "falso", "nee", "nie")
AGREED = (
    "subscribed",
    "subscribe",
    "opted in",
    "opted_in",
    "opt in",
    "opt-in",
    "given",
    "granted",
    "confirmed",
    "active",
    "accepted",
    "implied consent",
    "angemeldet",
    "abonniert",
)
REFUSED = (
    "unsubscribed",
    "unsubscribe",
    "opted out",
    "opted_out",
    "opt out",
    "opt-out",
    "withdrawn",
    "revoked",
    "denied",
    "suppressed",
    "spam complaint",
    "abgemeldet",
)
# Neither agreed nor refused: nothing is said.
UNSAID = (
    "never subscribed",
    "never_subscribed",
    "not subscribed",
    "not_subscribed",
    "pending",
    "unknown",
    "none",
    "null",
    "n/a",
    "-",
)
REASONS: dict[str, str] = {
    "missing": "It is empty, and no row can be used without it.",
    "nobody": "Nothing in the row says whose it is: a customer id, an e-mail address or a phone number is "
    "needed.",
    "key": f"It is longer than {KEY_SIGNS_MAX} signs, or stands for no id (null, undefined).",
    "email": "It is no e-mail address.",
    "phone": "It has fewer than 5 digits, or more than 20: it is no phone number.",
    "number": "It is no number.",
    "whole": "It is no whole number from 0 on.",
    "money": "It is no amount of money.",
    "currency": "It is not three letters such as EUR.",
    "boolean": "It is neither yes nor no.",
    "agreed": "It says neither that the person agreed nor that they withdrew.",
    "date": "It is no day in the format that was chosen.",
    "instant": "It is no day and time in the format that was chosen, or outside of the years 1900 to 2199.",
    "future": "It lies in the future.",
    "json": "It is no JSON, is nested too deeply, or holds a number beyond measure.",
    "list": "It cannot be read as a list.",
    "sign": "It holds a sign that cannot be kept (NUL, or bytes that are no text). Is the encoding right?",
    "long": f"It is longer than {CELL_SIGNS_MAX:,} signs.",
    "cells": "The row has another number of cells than the header",
    "quote": "A quotation mark is opened and never closed",
    "huge": "The row or a cell of it is too large to be read.",
    "object": "It is no JSON object",
    "repeated": "Its order id stands in an earlier row; without columns for lines a row is a whole order.",
    "differs": "It differs from another row of the same order.",
    "line_amount": "A line needs a total, or a price and a quantity.",
    "line_of_bad": "Another row of its order is bad; an order is taken whole.",
    "channel": "It is no channel: email, sms, push, post, phone or tracking.",
    "positive": "It is not above zero.",
    "unstorable": "The database does not take it.",
    "expired": "The points could not be spent any more: they expire before the import.",
    "unknown_programme": "There is no such programme; launch it first.",
    "points": "The programme's points have fewer digits after the point.",
    "conflict": "The same row was given before with other points.",
    "product": "The catalogue does not take it.",
    "store": "The stores do not take it.",
    "unknown_customer": "No customer is known by it; import the customers first.",
    "ambiguous": "Several customers are known by it; give the customer id.",
    "event": "The event cannot be used.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the values of one column are told to be read."""

    type: Type
    format: str = ""
    separator: str = ""
    lenient: bool = False  # A value of another look is kept as text and makes no row bad.
    zone: str = "UTC"
    decimal: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Of one column: its trimmed text, its value as JSON text, what is wrong as a code; null when empty."""

    text: str
    json: str
    problem: str


def constant(value: str) -> str:
    return duck.text(value)


def trimmed(column: str) -> str:
    return f"nullif(trim({column}, chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)), '')"


def cell(text: str, how: Reading) -> Cell:
    """`text` is the SQL of the trimmed text."""
    value, is_wrong = READERS[how.type](text, how)
    if how.lenient:
        value = f"case when {is_wrong} then to_json({text})::varchar else {value} end"
        is_wrong = "false"
    problem = (
        f"case when {text} is null then null "
        f"when length({text}) > {CELL_SIGNS_MAX} then 'long' "
        f"when contains({text}, chr(0)) or contains({text}, chr(65533)) then 'sign' "
        f"when {is_wrong} then '{how.type}' end"
    )
    return Cell(text=text, json=value, problem=problem)


def _text(text: str, _how: Reading) -> tuple[str, str]:
    return f"to_json({text})::varchar", "false"


def _key(text: str, _how: Reading) -> tuple[str, str]:
    nobody = "('null', 'undefined', 'NaN', '[object Object]')"
    return f"to_json({text})::varchar", f"(length({text}) > {KEY_SIGNS_MAX} or {text} in {nobody})"


def _email(text: str, _how: Reading) -> tuple[str, str]:
    return f"to_json(lower({text}))::varchar", f"not regexp_full_match({text}, {duck.text(EMAIL)})"


def _phone(text: str, _how: Reading) -> tuple[str, str]:
    # A spreadsheet makes a number of it, an apostrophe in front keeps it a text.
    plain = f"ltrim({text}, '''')"
    digits = f"length(regexp_replace({text}, '[^0-9]', '', 'g'))"
    return f"to_json({plain})::varchar", f"({digits} not between 5 and 20)"


def plain_number(text: str, how: Reading) -> str:
    """The number as JSON writes it, or null. What groups thousands goes, the decimal sign becomes a point."""
    grouping = ",'’_" if how.decimal == "." else ".'’_"
    groups = duck.text(f"[\\s{grouping}\u00a0\u202f]")
    bare = f"regexp_replace({text}, {groups}, '', 'g')"
    bare = f"replace({bare}, ',', '.')" if how.decimal == "," else bare
    if how.type == "money":
        bare = f"regexp_replace({bare}, '^([A-Za-z]{{3}}|[€$£¥₹])|([A-Za-z]{{3}}|[€$£¥₹])$', '', 'g')"
    bare = f"regexp_replace(ltrim({bare}, '+'), '^(-?)0+([0-9])', '\\1\\2')"
    return (
        f"case when regexp_full_match({bare}, {duck.text(NUMBER)}) then {bare} "
        f"when regexp_full_match({bare}, {duck.text(EXPONENT)}) "
        f"then rtrim(rtrim(try_cast(try_cast({bare} as double) as decimal(38,12))::varchar, '0'), '.') end"
    )


def _number(text: str, how: Reading) -> tuple[str, str]:
    value = plain_number(text, how)
    return value, f"({value}) is null"


def _whole(text: str, _how: Reading) -> tuple[str, str]:
    return f"try_cast({text} as bigint)::varchar", f"not regexp_full_match({text}, '[0-9]{{1,9}}')"


def _currency(text: str, _how: Reading) -> tuple[str, str]:
    return f"to_json(upper({text}))::varchar", f"not regexp_full_match({text}, '[A-Za-z]{{3}}')"


def _boolean(text: str, _how: Reading) -> tuple[str, str]:
    value = (
        f"case when lower({text}) in {_words(YES)} then 'true' "
        f"when lower({text}) in {_words(NO)} then 'false' end"
    )
    return value, f"lower({text}) not in {_words(YES + NO)}"


def agreed(text: str) -> str:
    """SQL: true, false, or null where nothing is said."""
    return (
        f"case when lower({text}) in {_words(YES + AGREED)} then true "
        f"when lower({text}) in {_words(NO + REFUSED)} then false end"
    )


def _agreed(text: str, _how: Reading) -> tuple[str, str]:
    known = _words(YES + AGREED + NO + REFUSED + UNSAID)
    return f"({agreed(text)})::varchar", f"lower({text}) not in {known}"


def instant(text: str, how: Reading) -> str:
    """SQL of the instant as a timestamp in UTC, or null."""
    zone = duck.text(how.zone)
    if how.format in ("unix", "unix_ms"):
        scale = "1" if how.format == "unix" else "1000"
        return f"timezone('UTC', to_timestamp(try_cast({text} as double) / {scale}))"
    if how.format:
        if "%z" in how.format:
            return f"timezone('UTC', try_strptime({text}, {duck.text(how.format)}))"
        return f"timezone('UTC', timezone({zone}, {_formatted(text, how.format)}))"
    offset = f"regexp_replace({text}, {duck.text(OFFSET)}, '\\1:\\2')"
    return (
        f"timezone('UTC', case when regexp_matches({text}, '[0-9]:[0-9].*{ZONED}') "
        f"then try_cast({offset} as timestamptz) else timezone({zone}, try_cast({text} as timestamp)) end)"
    )


def _formatted(text: str, form: str) -> str:
    """A file that has times in one row and only days in the next is one file."""
    day = form.split(" ", maxsplit=1)[0]
    forms = dict.fromkeys((form, f"{day} %H:%M", f"{day} %H:%M:%S", day))
    return f"coalesce({', '.join(f'try_strptime({text}, {duck.text(one)})' for one in forms)})"


def _instant(text: str, how: Reading) -> tuple[str, str]:
    at = instant(text, how)
    bounds = f"coalesce(({at}) not between timestamp '1900-01-01' and timestamp '2199-12-31', true)"
    return f"'\"' || strftime({at}, '%Y-%m-%dT%H:%M:%S.%gZ') || '\"'", bounds


def _date(text: str, how: Reading) -> tuple[str, str]:
    if how.format in ("unix", "unix_ms"):
        return _instant(text, how)
    read = (
        f"try_strptime({text}, {duck.text(how.format)})" if how.format else f"try_cast({text} as timestamp)"
    )
    bounds = f"coalesce(({read}) not between timestamp '1800-01-01' and timestamp '2199-12-31', true)"
    return f"'\"' || strftime({read}, '%Y-%m-%d') || '\"'", bounds


def _list(text: str, how: Reading) -> tuple[str, str]:
    sign = duck.text(how.separator or ",")
    parts = f"list_transform(string_split({text}, {sign}), lambda one: trim(one))"
    made = f"to_json(list_filter({parts}, lambda one: one <> ''))::varchar"
    return f"case when {text}[1] = '[' and json_valid({text}) then {text} else {made} end", "false"


def _json(text: str, _how: Reading) -> tuple[str, str]:
    brackets = f"length({text}) - length(translate({text}, '[{{', ''))"
    # Each round takes away what holds nothing any more; what is left after so many lies deeper.
    peeled = (
        f"list_reduce(list_concat([{text}], range({DEPTH_MAX})::varchar[]), "
        "lambda left_over, one: regexp_replace(left_over, '[\\[{][^\\[\\]{}]*[\\]}]', '', 'g'))"
    )
    deep = f"({brackets} > {DEPTH_MAX} and regexp_matches({peeled}, '[\\[{{]'))"
    vast = f"regexp_matches({text}, '[0-9][eE][+-]?[0-9]{{3}}')"
    return text, f"(not json_valid({text}) or contains({text}, '\\u0000') or {vast} or {deep})"


def _words(words: tuple[str, ...]) -> str:
    return f"({', '.join(duck.text(word) for word in words)})"


READERS = {
    "text": _text,
    "key": _key,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "whole": _whole,
    "money": _number,
    "currency": _currency,
    "boolean": _boolean,
    "date": _date,
    "instant": _instant,
    "list": _list,
    "json": _json,
    "agreed": _agreed,
}


def assembled(values: dict[str, str]) -> str:
    """SQL of a JSON object from paths such as "address.city" and the SQL of their values."""
    tree: dict[str, object] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        place = tree
        for parent in parents:
            found = place.setdefault(parent, {})
            assert isinstance(found, dict)
            place = found
        place[last] = value
    return f"coalesce({_object(tree)}, '{{}}')"


def _object(tree: dict[str, object]) -> str:
    parts = [
        f"{duck.text(json.dumps(key, ensure_ascii=False) + ':')} || "
        + (_object(value) if isinstance(value, dict) else f"({value})")
        for key, value in tree.items()
    ]
    return f"nullif('{{' || concat_ws(',', {', '.join(parts)}) || '}}', '{{}}')" if parts else "null"
