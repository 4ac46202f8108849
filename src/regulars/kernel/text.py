"""Text folded for comparison, in Python, so that every server compares alike."""

import unicodedata


def fold(text: str) -> str:
    """The form for search and keys: compatibility forms joined, case folded, accents stripped, spaces single.

    >>> fold("  Élodie  MÜLLER ")
    'elodie muller'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
