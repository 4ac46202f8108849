"""Public ids: a prefix and a number in Crockford's base 32, as in `cus_3f`."""

from regulars.kernel.errors import NotFound

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u.
DIGIT = {sign: value for value, sign in enumerate(ALPHABET)}
LARGEST = 2**63 - 1


def public_id(prefix: str, number: int) -> str:
    """The id that people and other systems see.

    >>> public_id("cus", 1000)
    'cus_z8'
    """
    signs = ""
    while True:
        number, digit = divmod(number, 32)
        signs = ALPHABET[digit] + signs
        if not number:
            return f"{prefix}_{signs}"


def parse_public_id(prefix: str, text: str) -> int:
    """The number inside; raises NotFound when the text is not such an id."""
    head, _, signs = text.partition("_")
    number = 0
    for sign in signs[:14]:
        number = number * 32 + DIGIT.get(sign, LARGEST)
    if head != prefix or not signs or number > LARGEST or public_id(prefix, number) != text:
        raise NotFound(f"No such id: {text[:80]!r}. An id of this kind looks like {prefix}_3f.")
    return number
