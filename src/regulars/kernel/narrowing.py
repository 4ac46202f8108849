"""What of a payload concerns somebody: the members of lists that name them, without others' addresses."""

import json
import re
from collections.abc import Sequence
from typing import Any

from regulars.kernel.sieve import Sieve

CONCEALED = "(somebody else's)"
ADDRESS = re.compile(r"[^\s\"'<>,;:()\[\]{}]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
NUMBER = re.compile(r"(?<![\w.])(?:\+|00)[1-9](?:[ /()-]?\d){6,14}(?!\w)")


def narrowed(payload: str | None, values: Sequence[str]) -> str | None:
    """Of a text, the lines that name somebody by one of the values; of JSON, the members of lists that do.

    A list of which no member names them belongs to what is around it, as the lines of an order do, and stays.
    Addresses and numbers that are none of the values are concealed.

    >>> narrowed('[{"email": "ann@shop.de", "cc": "bob@shop.de"}, {"email": "eva@shop.de"}]', ["ann@shop.de"])
    '[{"email": "ann@shop.de", "cc": "(somebody else\\'s)"}]'
    """
    if not payload:
        return payload
    sieve = Sieve(values)
    try:
        read = json.loads(payload)
    except ValueError:
        lines = payload.splitlines()
        return "\n".join(_concealed(line, sieve) for line in lines if len(lines) == 1 or sieve.named(line))
    return json.dumps(_cut(read, sieve), ensure_ascii=False)


def _cut(read: Any, sieve: Sieve) -> Any:
    if isinstance(read, dict):
        return {_concealed(name, sieve): _cut(one, sieve) for name, one in read.items()}
    if isinstance(read, list):
        theirs = [one for one in read if sieve.named(json.dumps(one, ensure_ascii=False))]
        return [_cut(one, sieve) for one in theirs or read]
    return _concealed(read, sieve) if isinstance(read, str) else read


def _concealed(text: str, sieve: Sieve) -> str:
    def said(found: re.Match[str]) -> str:
        return found[0] if sieve.named(found[0]) else CONCEALED

    return NUMBER.sub(said, ADDRESS.sub(said, text))
