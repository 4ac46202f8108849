"""What a template may print of a real customer, for somebody who may not see contact details."""

from typing import Any

from regulars import access, customers, messaging
from regulars.access import Actor
from regulars.db import Tx
from regulars.kernel import NotFound


def variables_seen(tx: Tx, actor: Actor, number: int) -> dict[str, Any]:
    """The customer's variables as this person may see them; none where they may see all, as they are then."""
    if access.allows(actor, "customers.view_contacts").outcome == "yes":
        return {}
    person = customers.by_ids(tx, [number]).get(number)
    if person is None:
        raise NotFound("There is no such customer any more.")
    hidden = customers.masked(person, may_see_contacts=False, personal=customers.personal_traits(tx))
    return messaging.variables_of(hidden, {})
