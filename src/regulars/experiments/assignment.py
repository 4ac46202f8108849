"""Who is in which arm: a salted hash of the customer's number, nothing stored, nothing random.

    bucket(salt, customer) = first 8 bytes of sha256(salt || ":" || decimal id), big endian, mod 10,000

The remainder is even to 5 in 10^16. One salt per use keeps two experiments independent of each other.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from regulars.kernel import Finding, Invalid

BUCKETS = 10_000
DIGEST_WORDS = 4  # A sha256 digest is four words of eight bytes; the first one is used.


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    name: str
    share: int  # buckets of 10,000, so 3000 is 30 %


def buckets(salt: str, customer_ids: Sequence[int]) -> NDArray[np.int64]:
    """Return each customer's bucket, in the order given.

    >>> buckets("spring", [1, 2, 3]).tolist()
    [4253, 9001, 7478]
    """
    head = f"{salt}:".encode()
    digests = b"".join(sha256(b"%b%d" % (head, number)).digest() for number in customer_ids)
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, DIGEST_WORDS)[:, 0]
    return (words % np.uint64(BUCKETS)).astype(np.int64)


def arms_of(salt: str, customer_ids: Sequence[int], arms: Sequence[Arm]) -> list[str]:
    """Return each customer's arm: the first arm holds the lowest buckets, and so on.

    >>> arms_of("spring", [1, 2], [Arm(name="held_out", share=5000), Arm(name="treated", share=5000)])
    ['held_out', 'treated']
    """
    check_shares(arms)
    limits = list(itertools.accumulate(arm.share for arm in arms))
    places = np.searchsorted(limits, buckets(salt, customer_ids), side="right")
    return [arms[place].name for place in places]


def check_shares(arms: Sequence[Arm]) -> None:
    """Raise Invalid unless the arms have different names and their shares fill the 10,000 buckets."""
    total = sum(arm.share for arm in arms)
    names = {arm.name for arm in arms}
    if total != BUCKETS or len(names) != len(arms) or any(arm.share < 0 for arm in arms):
        message = (
            f"The shares of {len(arms)} arms add up to {total} of {BUCKETS}; give arms of different "
            f"names whose shares are not negative and add up to {BUCKETS}."
        )
        raise Invalid(message, [Finding(path="arms", code="experiments.shares", message=message)])
