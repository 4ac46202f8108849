"""Payloads for people who may not see contacts: hidden wherever they stand, and back where left alone."""

import json
from typing import Any

import msgspec

from regulars.customers.model import conceal_text, masked_values
from regulars.events import Refusal, parse_json

LEVELS_MAX = 64
ENCODER = msgspec.json.Encoder(decimal_format="number")


def conceal(value: Any) -> Any:
    """A JSON value with contact details hidden: by the names of fields, and by how they look."""
    if isinstance(value, dict):
        return masked_values(value)
    if isinstance(value, list):
        return [conceal(one) for one in value]
    return conceal_text(value) if isinstance(value, str) else value


def conceal_payload(payload: str) -> str:
    """The text of a payload, as JSON where it is that; laid out."""
    value = payload_value(payload)
    return conceal_text(payload) if value is None else laid_out(conceal(value))


def reveal(edited: str, original: str) -> str:
    """What somebody edited who saw it concealed: what they left alone is as it was."""
    after, before = payload_value(edited), payload_value(original)
    if after is None or before is None:
        return edited
    return laid_out(_revealed(after, conceal(before), before))


def payload_value(payload: str) -> Any:
    """The object or list a payload is as JSON, with exact numbers; None when it is none, or too deep."""
    value = parse_json(payload)
    usable = isinstance(value, dict | list) and not isinstance(value, Refusal) and not _is_deep(value)
    return value if usable else None


def _is_deep(value: Any) -> bool:
    """Too deep to be walked; what was refused may be anything."""
    layer = [value]
    for _ in range(LEVELS_MAX):
        layer = [
            one
            for outer in layer
            if isinstance(outer, dict | list)
            for one in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def laid_out(value: Any) -> str:
    """As JSON on lines, with numbers exactly as they came."""
    try:
        return msgspec.json.format(ENCODER.encode(value), indent=2).decode()
    except (UnicodeEncodeError, ValueError, OverflowError, TypeError):
        return json.dumps(value, indent=2, default=str)


def _revealed(after: Any, concealed: Any, before: Any) -> Any:
    if isinstance(after, dict) and isinstance(concealed, dict):
        return {
            name: _revealed(one, concealed[name], before[name]) if name in concealed else one
            for name, one in after.items()
        }
    if isinstance(after, list) and isinstance(concealed, list) and len(after) == len(concealed):
        return [_revealed(one, *pair) for one, *pair in zip(after, concealed, before, strict=True)]
    return before if type(after) is type(concealed) and after == concealed else after
