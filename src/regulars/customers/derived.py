"""A search text, cut into the beginnings of terms that it asks for."""

import re

from regulars.kernel import fold

NOT_DIGITS = re.compile(r"\D+")
PHONE_LIKE = re.compile(r"[\d\s()+./-]+")
PHONE_DIGITS_MIN = 5
TERM_SIGNS_MAX = 44  # So that a cursor can hold one in any script.
LAST_SIGN = chr(0x10FFFF)


def digits(text: str) -> str:
    return NOT_DIGITS.sub("", text)


def words(text: str) -> list[str]:
    """A search text cut into the beginnings that must all match, the longest first.

    >>> words("Müller  an"), words("+1 (555) 010-44")
    (['muller', 'an'], ['155501044'])
    """
    number = digits(text)
    if PHONE_LIKE.fullmatch(text.strip()) and len(number) >= PHONE_DIGITS_MIN:
        return [number]
    return sorted((word[:TERM_SIGNS_MAX] for word in fold(text).split()), key=lambda w: (-len(w), w))
