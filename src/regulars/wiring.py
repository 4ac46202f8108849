"""What each room needs from the others is registered here and nowhere else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from regulars import (
    access,
    analytics,
    campaigns,
    channels,
    checkout,
    conditions,
    connections,
    customers,
    definitions,
    deliverability,
    events,
    experiments,
    exports,
    forms,
    imports,
    log,
    loyalty,
    messaging,
    offers,
    orders,
    preferences,
    privacy,
    rewards,
    segments,
    templates,
    webhooks,
)
from regulars.db import Tx

COMPUTING = customers.Computing((orders.FACTS,))
# Who carries what it keeps by person along when people merge or split, in this order. Computed traits come
# after what they measure, segments after all that they ask of.
FOLLOW: tuple[customers.Follow, ...] = (
    orders.follow,
    COMPUTING.follow,
    messaging.follow,
    channels.follow,
    messaging.follow_reactions,
    experiments.follow,
    loyalty.follow,
    campaigns.follow,
    segments.follow,
)
READERS = (
    customers.reader(FOLLOW),
    customers.SEARCH,
    orders.READER,
    COMPUTING.reader,
    loyalty.READER,
    loyalty.WATCH,
    offers.READER,
    rewards.READER,
    segments.READER,
    events.DISCOVERED,
    webhooks.READER,
)
# What can become a file; a scheduled one names one of them.
LISTINGS = exports.Listings((*exports.LISTINGS, *privacy.LISTINGS))
EXPORT = exports.scheduled(LISTINGS)
KINDS = (
    customers.IDENTITY,
    segments.followed_by_segments(customers.TRAIT),
    customers.ENRICHMENT,
    segments.asked_anew(customers.CONSENT_POLICY, ("reach",)),
    segments.followed_by_segments(COMPUTING.kind),
    customers.QUALITY_RULE,
    segments.SEGMENT,
    segments.SEGMENTATION,
    segments.SCORING,
    segments.asked_anew(loyalty.PROGRAMME, [one.name for one in loyalty.SOURCES]),
    offers.POOL,
    rewards.REWARD,
    templates.BRAND,
    templates.BLOCK,
    templates.TEMPLATE,
    channels.CHANNEL,
    deliverability.WARM_UP,
    deliverability.BOUNCE_POLICY,
    deliverability.BOUNCE_MAILBOX,
    deliverability.BOUNCE_WEBHOOK,
    messaging.SENDING_POLICY,
    campaigns.CAMPAIGN,
    forms.FORM,
    preferences.PREFERENCE_CENTRE,
    events.SOURCE,
    events.tracked_event(persons="customers.fact_person"),
    connections.CONNECTION,
    connections.FILE_DROP,
    webhooks.WEBHOOK,
    imports.MAPPING,
    privacy.RETENTION,
    EXPORT,
)
# What conditions can measure beside events, orders and their lines.
conditions.register(*loyalty.SOURCES, *messaging.SOURCES, *campaigns.SOURCES, *experiments.SOURCES)
conditions.register(*segments.SOURCES, *offers.SOURCES)
# What conditions of earning rules may name.
loyalty.named_by(lambda tx: segments.live_definitions(tx).book())
offers.named_by(lambda tx: segments.live_definitions(tx).book())
# What the lake holds.
LAKE = (analytics.EVENTS, analytics.ORDERS, analytics.ORDER_LINES, loyalty.LAKE, messaging.LAKE)


def measured_events(tx: Tx) -> list[str]:
    """What the live computed traits count."""
    return [one.body.event for one in definitions.all_live(tx, COMPUTING.kind) if one.body.event]


def goal_events(tx: Tx) -> list[str]:
    """What the live campaigns are measured by."""
    return [one.body.goal for one in definitions.all_live(tx, campaigns.CAMPAIGN)]


# Which events stay in PostgreSQL, however old.
KEEPS = (
    analytics.Keep(
        why="they say who is who", types=("identify", "alias", "group"), names=lambda _: ("Group Left",)
    ),
    analytics.Keep(
        why="orders are worked out anew from all that was told of them",
        names=lambda _: ("Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"),
    ),
    analytics.Keep(why="consent is proven by them", names=lambda _: customers.CONSENT_EVENTS),
    analytics.Keep(why="computed traits count them", names=measured_events),
    analytics.Keep(why="campaigns are measured by them", names=goal_events),
    analytics.Keep(why="segments look at them", names=segments.events_looked_at),
    analytics.Keep(why="tiers count them", names=loyalty.counted_events),
)
# What tries a reject again, by the stage that refused it.
REPLAYS: Mapping[str, events.Replay] = {
    **events.REPLAYS,
    connections.STAGE: connections.replay_reject,
}
ADVANCE = "clock.advance"  # A job: {"to": an instant}.
REPLAY = "rejects.replay"  # A job: {"source", "stage", "code", "by"}; what is None does not matter.
EXPORT_LAKE = "lake.export"  # A job without arguments.
EVENTS = (
    *customers.EVENTS,
    *customers.QUALITY_EVENTS,
    *orders.EVENTS,
    *loyalty.EVENTS,
    *offers.EVENTS,
    *rewards.EVENTS,
    *segments.EVENTS,
    *messaging.EVENTS,
    *campaigns.EVENTS,
    *forms.EVENTS,
    *webhooks.EVENTS,
    *checkout.EVENTS,
    log.ERASED,
)


def expire_traits(tx: Tx, at: datetime) -> None:
    """Take away what has expired, and ask the segments that look at traits."""
    if customers.expire_traits(tx, at):
        segments.ask_traits(tx, at)


# At midnight of the workspace's zone, in this order: expiry comes before the segments that look at balances.
DAILY: tuple[tuple[str, Callable[[Tx, datetime], object]], ...] = (
    ("checkout.expire", checkout.expire_sessions),
    *((job.name, job.run) for job in loyalty.DUE),
    ("offers.expire", offers.expire_due),
    ("rewards.lapse", rewards.lapse_due),
    ("rewards.catch_up", rewards.catch_up),
    ("customers.settle", partial(customers.settle_waiting, follow=FOLLOW)),
    ("customers.expire_traits", expire_traits),
    ("customers.enrich", customers.due_enrichments),
    ("customers.refresh_computed", COMPUTING.refresh),
    ("segments.end_entries", segments.end_due_entries),
    ("segments.score", segments.score_everybody),
    ("segments.sweep", segments.sweep),
    ("segments.count_figures", segments.count_nightly),
    ("campaigns.due", campaigns.due),
    ("access.expire_approvals", access.expire_due),
    ("forms.expire", forms.expire_due),
    ("events.expire_rejects", events.expire_rejects),
    ("customers.keep_quality", customers.keep_quality),
    ("privacy.night", privacy.night),
)
