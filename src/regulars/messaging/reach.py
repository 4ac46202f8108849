"""Who of some people could be written to at all, asked before anything is launched.

The view messaging.fact_reach asks the same of a channel as a whole; a test compares them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from regulars.customers import by_ids
from regulars.db import Tx
from regulars.messaging import suppression
from regulars.messaging.address import address_of, is_usable
from regulars.messaging.hearing import Subject, hearing


def unreachable(tx: Tx, customer_ids: Sequence[int], subject: Subject, at: datetime) -> Mapping[str, int]:
    """Return how many of these people the first checks would refuse at an instant, by reason."""
    return Counter(refusals(tx, customer_ids, subject, at).values())


def refusals(tx: Tx, customer_ids: Sequence[int], subject: Subject, at: datetime) -> Mapping[int, str]:
    """Return whom of these people the first checks would refuse at an instant, and why."""
    people = by_ids(tx, customer_ids)
    key = suppression.secret(tx)
    addresses = {number: address_of(person, subject.medium) for number, person in people.items()}
    hashes = {number: suppression.hashed(key, one) for number, one in addresses.items() if one}
    refused = suppression.suppressed(tx, list(hashes.values()), channel=subject.medium)
    unheard = hearing(tx, list(people), subject, at).refused
    reasons: dict[int, str] = {}
    for number in customer_ids:
        address = addresses.get(number)
        if number not in people:
            reasons[number] = "no_customer"
        elif hashes.get(number) in refused:
            reasons[number] = "suppressed"
        elif number in unheard:
            reasons[number] = unheard[number]
        elif not address:
            reasons[number] = "no_address"
        elif not is_usable(subject.medium, address):
            reasons[number] = "bad_address"
    return reasons
