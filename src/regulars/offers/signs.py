"""The signs of codes: how they are drawn, checked and read; no database here.

Case, spaces and dashes do not matter: a code is looked for by its letters and digits in capitals. The check
sign is a sum with weights 1, 2, 3 … modulo the size of the alphabet, which is a prime.
"""

import os
import re
from dataclasses import dataclass

import numpy as np

from regulars.offers.model import Look

RANDOM_LEAST = 10
PRIMES = frozenset({7, 11, 13, 17, 19, 23, 29, 31})
BYTE = 256
TYPED_MAX = 100
NOT_BARE = re.compile(r"[\s\-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the bare codes of a pool have in common."""

    prefix: str
    suffix: str
    alphabet: str  # Empty: they came from elsewhere and look as they like.
    signs: int
    checked: bool

    def fits(self, bare_code: str) -> bool:
        """Whether a typed code can be one of these; the check sign decides where there is one."""
        if not self.alphabet:
            return True
        middle = bare_code[len(self.prefix) : len(bare_code) - len(self.suffix)]
        if len(middle) != self.signs or not (
            bare_code.startswith(self.prefix) and bare_code.endswith(self.suffix)
        ):
            return False
        if any(sign not in self.alphabet for sign in middle):
            return False
        return not self.checked or check_sign(middle[:-1], self.alphabet) == middle[-1]


def bare(code: str) -> str:
    """How a code is looked for.

    >>> bare("summer-7k2m 9Pqr")
    'SUMMER7K2M9PQR'
    """
    return NOT_BARE.sub("", code[:TYPED_MAX]).upper()


def check_sign(signs: str, alphabet: str) -> str:
    """The last sign of a code whose others are these."""
    total = sum(weight(at, len(alphabet)) * alphabet.index(sign) for at, sign in enumerate(signs))
    return alphabet[total % len(alphabet)]


def weight(at: int, size: int) -> int:
    """Never 0, and never the neighbour's, so that no wrong sign and no swap of neighbours goes unseen."""
    return at % (size - 1) + 1


def random_signs(look: Look) -> int:
    return look.pattern.count("#") - look.check_sign


def shape(look: Look) -> Shape:
    return Shape(
        prefix=bare(look.prefix),
        suffix=bare(look.suffix),
        alphabet=look.alphabet,
        signs=look.pattern.count("#"),
        checked=look.check_sign,
    )


def drawn(look: Look, count: int) -> list[str]:
    """So many codes as they are printed, drawn from the system's own randomness; some may be alike."""
    size, wanted = len(look.alphabet), random_signs(look)
    numbers = _numbers(size, count * wanted).reshape(count, wanted)
    if look.check_sign:
        weights = np.array([weight(at, size) for at in range(wanted)])
        numbers = np.column_stack([numbers, (numbers * weights).sum(axis=1) % size])
    signs = np.array(list(look.alphabet))[numbers]
    template = "%s".join(f"{look.prefix}{look.pattern}{look.suffix}".replace("%", "%%").split("#"))
    return [template % tuple(row) for row in signs.tolist()]


def _numbers(size: int, count: int) -> np.ndarray:
    """Evenly spread below the size: bytes above its largest multiple are thrown away."""
    most = BYTE - BYTE % size
    found = np.empty(0, dtype=np.int64)
    while len(found) < count:
        raw = np.frombuffer(os.urandom((count - len(found)) * 5 // 4 + 64), dtype=np.uint8)
        found = np.concatenate([found, raw[raw < most].astype(np.int64) % size])
    return found[:count]
