"""What surely belongs to a person, so that it may be taken out of what is live."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from regulars import access, campaigns, customers, segments
from regulars.db import Tx
from regulars.definitions import Kind
from regulars.kernel import fold

# The kinds that pick customers: where one of these names an address, it means whoever has it. Texts and
# settings may name the company's own.
PICKING: Final[Mapping[str, Kind[Any]]] = {
    kind.name: kind for kind in (segments.SEGMENT, segments.SEGMENTATION, campaigns.CAMPAIGN)
}


def surely_theirs(tx: Tx, atoms: Sequence[int], names: Sequence[str]) -> list[str]:
    """Of what some people are known by that which is theirs, nobody else's, and of nobody in the company."""
    staff = {fold(person.email) for person in access.people(tx)}
    return [name for name in customers.sure_names(tx, atoms, names) if fold(name) not in staff]
