"""What messages can start from: templates of each medium, the footer they share, and the brand."""

from collections.abc import Iterator

import msgspec

from regulars import templates

TEXTS = templates.TEXTS


def ready_made(kind: str) -> Iterator[tuple[str, msgspec.Struct]]:
    """The bodies of a kind, each with the key proposed for it."""
    if kind == "template":
        yield from templates.TEMPLATES.items()
    elif kind == "block":
        yield from templates.BLOCKS.items()
    elif kind == "brand":
        yield templates.BRAND_KEY, templates.BRAND_START
