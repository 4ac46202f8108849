"""Channels of a workspace set up as its people do it."""

from typing import Any

from regulars import access, customers, definitions, log
from regulars.app import App
from regulars.channels import CHANNEL
from tests.integration.channels.channel_maker import AT


def publish(app: App, who: access.Actor, key: str, body: dict[str, Any]) -> None:
    with app.database.transaction() as tx:
        definitions.save_draft(tx, who, CHANNEL, key, body, at=app.now(tx))
        definitions.publish(tx, who, CHANNEL, key, at=app.now(tx))


def person(app: App, name: str, **traits: Any) -> int:
    """Somebody the company knows; gives their number."""
    told = log.NewEvent(
        message_id=f"m-{name}",
        type="identify",
        name="identify",
        occurred_at=AT,
        source="shop",
        user_id=name,
        properties=traits,
    )
    with app.database.transaction() as tx:
        log.append(tx, [told])
        at = app.now(tx)
    app.catch_up(at)
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", name)
    assert found is not None
    return found


def identity(body: Any) -> dict[str, Any]:
    made: dict[str, Any] = definitions.canonical(body)
    return made
