"""What a variable may bring into an address or a style: never a scheme that acts, never another rule."""

import re

SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "geo", "cid"})
# Browsers leave out such signs before they look for the scheme.
UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]")
SCHEME = re.compile(r"([^:/?#]*):")
NOT_IN_STYLES = re.compile(r"[{};<>\\@\x00-\x1f]|/\*|\*/|(?i:url|expression|image-set|import)\s*\(")
NOWHERE = "#"


def web_address(value: object) -> str:
    """Return the text if it leads somewhere harmless, or # in its place.

    What names no scheme is taken as it is: it belongs to the address it stands in.
    """
    text = "" if value is None else str(value).strip()
    found = SCHEME.match(UNSEEN.sub("", text))
    if found and found[1].lower() not in SCHEMES:
        return NOWHERE
    return text


def css_text(value: object) -> str:
    """Return the text without what would end a style's value and begin another."""
    return NOT_IN_STYLES.sub("", "" if value is None else str(value))
