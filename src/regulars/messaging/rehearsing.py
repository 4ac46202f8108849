"""A template as one real customer would read it, with nothing sent and nothing kept."""

from collections.abc import Mapping
from typing import Any

from regulars.customers import by_ids
from regulars.db import Tx
from regulars.kernel import NotFound, public_id
from regulars.messaging.rendering import language_of, variables_of
from regulars.messaging.sending import Sender
from regulars.orders import for_messages, products_for_messages
from regulars.templates import Fetch, Rendered, Template, keys, prepared_for

# Where the links of a message that is only looked at lead.
NOWHERE = "https://regulars.invalid/only-a-preview"
LINKS = dict.fromkeys(("preferences_url", "unsubscribe_url", "member_url", "view_url"), NOWHERE)


def rehearse(
    tx: Tx,
    sender: Sender,
    body: Template,
    customer_id: int,
    *,
    language: str | None = None,
    more: Mapping[str, Any] | None = None,
    fetch: Fetch | None = None,
) -> Rendered:
    """Return what this customer would read; raises Abort where the message would not be sent to them.

    `more` is what else the template may ask for, such as `event`; `language` stands for the customer's own.
    """
    person = by_ids(tx, [customer_id]).get(customer_id)
    if person is None:
        raise NotFound(f"There is no customer {public_id('cus', customer_id)} any more.")
    template = prepared_for(tx, body)
    standing = sender.variables(tx, [customer_id]).get(customer_id, {})
    bought = for_messages(tx, [customer_id]).get(customer_id, {}) if template.says_last_order else {}
    variables = {**LINKS, **variables_of(person, {**bought, **standing}), **(more or {})}
    asked = sorted(set(keys(template.lookups, variables)))
    products = products_for_messages(tx, asked) if asked else {}
    spoken = language or language_of(person.traits)
    return template.render(variables, products, language=spoken, fetch=fetch)


def rehearse_for_nobody(
    tx: Tx, body: Template, variables: Mapping[str, Any], *, language: str = "", fetch: Fetch | None = None
) -> Rendered:
    """As `rehearse` for somebody invented, where no customer is known yet."""
    given = {"traits": {}, **LINKS, **variables}
    return prepared_for(tx, body).render(given, {}, language=language, fetch=fetch)
