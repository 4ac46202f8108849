"""Passwords: argon2id, and the same work whether or not there is somebody to check."""

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from regulars.access.errors import WeakPassword
from regulars.kernel import Finding

SIGNS_MIN: Final = 12
SIGNS_MAX: Final = 256
DIFFERENT_SIGNS_MIN: Final = 5
# RFC 9106, the recommendation for little memory: 64 MiB, 3 passes, 4 lanes.
HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def hash_password(chosen: str, *, email: str) -> str:
    """The hash to keep; raises WeakPassword with what to choose instead."""
    problem = _problem(chosen, email)
    if problem:
        raise WeakPassword(problem, [Finding(path="password", code=WeakPassword.code, message=problem)])
    return HASHER.hash(_plain(chosen))


def matches(kept: str | None, typed: str) -> bool:
    """Whether it is the password; without one to compare with, as much work is done and it is not."""
    nobody = _nobody()  # Made at the first check whoever it is for, so that its cost tells nothing.
    against = kept if kept and len(typed) <= SIGNS_MAX else nobody
    try:
        return HASHER.verify(against, _plain(typed[:SIGNS_MAX])) and against == kept
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def _problem(chosen: str, email: str) -> str | None:
    if not SIGNS_MIN <= len(chosen) <= SIGNS_MAX:
        return f"A password has {SIGNS_MIN} to {SIGNS_MAX} signs; a sentence of your own is a good one."
    if len(set(chosen)) < DIFFERENT_SIGNS_MIN:
        return f"A password has at least {DIFFERENT_SIGNS_MIN} different signs."
    if chosen.casefold() == email.casefold():
        return "A password is not the e-mail address."
    return None


def _plain(text: str) -> bytes:
    """One form whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", text).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return HASHER.hash("nobody has this password")
