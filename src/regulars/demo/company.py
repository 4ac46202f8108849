"""What the demonstration's company has defined: its programme, its lifecycle and its campaign."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from regulars import access, campaigns, definitions, loyalty, segments, templates
from regulars.app import App
from regulars.db import Tx
from regulars.definitions import Kind, Requested
from regulars.demo.source import CURRENCY, ZONE
from regulars.demo.staff import KEEPER, LEAD, MARKETER, Colleague, actor

PROGRAMME_KEY = "grocer-club"
CLUB = loyalty.points_club(name="Grocer club", legal_entity="The grocer", zone=ZONE, money=CURRENCY)


def found_company(app: App, at: datetime) -> None:
    """Define and publish what the year needs; what is live already stays as it is."""
    for colleague, kind, key, body in _definitions():
        with app.database.transaction() as tx:
            _publish(tx, colleague, kind, key, body, at)


def _definitions() -> Iterable[tuple[Colleague, Kind[Any], str, msgspec.Struct]]:
    yield KEEPER, loyalty.PROGRAMME, PROGRAMME_KEY, CLUB
    yield from lifecycle()
    yield LEAD, templates.TEMPLATE, campaigns.WIN_BACK_TEMPLATE_KEY, campaigns.WIN_BACK_TEMPLATE


def lifecycle() -> Iterable[tuple[Colleague, Kind[Any], str, msgspec.Struct]]:
    yield LEAD, segments.SEGMENTATION, "lifecycle", segments.LIFECYCLE
    for key, body in segments.STAGE_SEGMENTS.items():
        yield LEAD, segments.SEGMENT, key, body


def _publish(
    tx: Tx, colleague: Colleague, kind: Kind[Any], key: str, body: msgspec.Struct, at: datetime
) -> None:
    if definitions.live(tx, kind, key) is None:
        who = actor(tx, colleague)
        definitions.save_draft(tx, who, kind, key, body, at=at)
        definitions.publish(tx, who, kind, key, at=at)


def launch_win_back(app: App, at: datetime) -> None:
    """The campaign as such work goes: who applies drafts it and asks, who enables looks and approves."""
    with app.database.transaction() as tx:
        if definitions.live(tx, campaigns.CAMPAIGN, campaigns.WIN_BACK_KEY) is not None:
            return
        drafter, lead = actor(tx, MARKETER), actor(tx, LEAD)
        definitions.save_draft(
            tx, drafter, campaigns.CAMPAIGN, campaigns.WIN_BACK_KEY, campaigns.WIN_BACK, at=at
        )
        asked = definitions.publish(
            tx,
            drafter,
            campaigns.CAMPAIGN,
            campaigns.WIN_BACK_KEY,
            at=at,
            note="Many have not been here for eight weeks. I would like to know whether a letter helps.",
        )
        assert isinstance(asked, Requested)
        access.decide(
            tx, lead, asked.approval_id, "approve", comment="Good question. Keep the holdout.", at=at
        )
        definitions.carry_out(tx, app.kinds, asked.approval_id, lead, at=at)
