"""An address as somebody sees it who may know it already."""


def masked_address(address: str | None) -> str:
    """The first letters and the country: enough to know one's own, too little to write to.

    >>> masked_address("ada@example.com")
    'a…@e….com'
    """
    if not address or "@" not in address:
        return ""
    name, _, host = address.rpartition("@")
    place, _, country = host.rpartition(".")
    return f"{name[:1]}…@{place[:1]}….{country}" if place else f"{name[:1]}…@…"
