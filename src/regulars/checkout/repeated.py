"""Ids that callers choose: the same id with the same fields is one write, with another field a conflict."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from regulars import log
from regulars.checkout.errors import KeyConflict
from regulars.db import Tx
from regulars.kernel import Finding, Invalid

SIGNS_MAX = 200


def check_key(key: str, path: str = "id") -> None:
    if not 0 < len(key) <= SIGNS_MAX or "\0" in key:
        told = f"An id is 1 to {SIGNS_MAX} signs; found {len(key)}."
        raise Invalid(told, [Finding(path=path, code="checkout.key", message=told)])


def check_same(key: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises KeyConflict that names the first field in which they differ."""
    for path, first, second in differing(before, now):
        raise KeyConflict(
            f"The id {key!r} came before with another {path}: {first!r}, and now {second!r}. Send the same "
            "fields to get the first answer, or choose a new id."
        )


def differing(before: Any, now: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return [
            one
            for name in sorted({*before, *now})
            for one in differing(before.get(name), now.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(before, list) and isinstance(now, list | tuple) and len(before) == len(now):
        return [
            one
            for n, pair in enumerate(zip(before, now, strict=True))
            for one in differing(*pair, f"{path}[{n}]")
        ]
    return [] if before == now else [(path, before, now)]


def fitting(name: str) -> str:
    """As long as the log keeps names: of a longer one its beginning and a sum of the whole."""
    return name if len(name) <= SIGNS_MAX else f"{name[:100]}~{sha256(name.encode()).hexdigest()}"


def tell_log(tx: Tx, event: log.NewEvent) -> None:
    """A till is told it was taken only when it was: what the log refuses is refused here."""
    if not log.append(tx, [event]):
        told = "It holds something that cannot be stored: a NUL sign, NaN, or too much; remove it."
        raise Invalid(told, [Finding(path="", code="checkout.not_stored", message=told)])
