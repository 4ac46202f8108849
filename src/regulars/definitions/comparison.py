"""How two bodies differ: field by field, and as YAML lines."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from regulars.definitions.model import Comparison, Difference
from regulars.definitions.yaml_text import dump


def compare(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, names: tuple[str, str]
) -> Comparison:
    """Compare two plain bodies; `names` head the text, as in ("version 1", "version 2")."""
    differences = tuple(differing(before, after))
    if not differences:
        return Comparison(differences=(), text="")
    left = dump(before).splitlines(keepends=True) if before is not None else []
    right = dump(after).splitlines(keepends=True) if after is not None else []
    return Comparison(differences=differences, text="".join(difflib.unified_diff(left, right, *names)))


def differing(before: object, after: object, path: str = "") -> Iterator[Difference]:
    """Every place that differs, in the order of the fields; lists by position."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(n for n in after if n not in before)]:
            inner = f"{path}.{name}" if path else str(name)
            yield from differing(before.get(name), after.get(name), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for i in range(max(len(before), len(after))):
            old = before[i] if i < len(before) else None
            new = after[i] if i < len(after) else None
            yield from differing(old, new, f"{path}[{i}]")
    elif before != after or type(before) is not type(after):
        yield Difference(path=path, before=before, after=after)
