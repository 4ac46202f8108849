"""Listings of members and their ledger, of campaigns, messages and experiments."""

from collections.abc import Iterator, Sequence
from typing import Any

from regulars import loyalty
from regulars.db import Tx
from regulars.exports.listed_columns import (
    CUSTOMER,
    PERIOD,
    PERSON,
    amounts,
    flags,
    free,
    instants,
    integers,
    texts,
)
from regulars.exports.listed_statements import SQL
from regulars.exports.listing import BATCH, Asked, Column, Filter, Listing, streamed

PROGRAMME = Filter(name="programme", title="Programme")

MEMBERS = Listing(
    name="members",
    title="Members",
    text="The members of a programme with tier and points; points count the currency's smallest unit.",
    permission="loyalty.view",
    columns=(
        *texts("programme"),
        *PERSON,
        *instants("joined_at"),
        *texts("tier_set", "tier"),
        *instants("tier_since"),
        *texts("currency"),
        *integers("active_points", "pending_points", "owed_points"),
        *instants("last_posted_at"),
    ),
    rows=streamed(SQL.members),
    filters=(PROGRAMME, Filter(name="tier", title="Tier")),
)
LEDGER = Listing(
    name="ledger",
    title="Ledger",
    text="The transfers of points as they were booked; nothing in it is ever changed.",
    permission="loyalty.view",
    columns=(
        Column(name="transfer_id", type="integer"),
        *texts("programme"),
        CUSTOMER,
        *texts("kind"),
        *integers("amount"),
        *texts("currency"),
        *instants("booked_at", "occurred_at"),
        *texts("rule"),
        *integers("version"),
        Column(name="order_id", type="id", prefix="ord"),
        *integers("reverses"),
        *free("reason"),
    ),
    rows=streamed(SQL.ledger),
    filters=(PROGRAMME, Filter(name="kind", title="Kind"), *PERIOD),
)
MESSAGES = Listing(
    name="messages",
    title="Messages",
    text="What each customer was, or would have been, sent, and what became of it.",
    permission="customers.view",
    columns=(
        Column(name="message_id", type="id", prefix="msg"),
        *texts("source_kind", "source"),
        *integers("source_version"),
        *texts("step", "channel", "template"),
        *integers("template_version"),
        CUSTOMER,
        *texts("arm", "state", "reason"),
        *instants("queued_at", "decided_at", "resolved_at"),
    ),
    rows=streamed(SQL.messages),
    filters=(Filter(name="source", title="Campaign or form"), Filter(name="state", title="State"), *PERIOD),
)
CAMPAIGN_PEOPLE = Listing(
    name="campaign-people",
    title="People of campaigns",
    text="Everybody a campaign drew, with the arm and whether they did what it was for.",
    permission="customers.view",
    columns=(
        *texts("campaign"),
        *integers("version", "run"),
        *PERSON[:3],
        *texts("arm"),
        *instants("entered_at", "window_ends_at", "converted_at"),
        *flags("counted"),
    ),
    rows=streamed(SQL.campaign_people),
    filters=(Filter(name="campaign", title="Campaign"),),
)
EXPERIMENT_ARMS = Listing(
    name="experiment-arms",
    title="Arms of experiments",
    text="Who was drawn into which arm, and when.",
    permission="customers.view",
    columns=(*texts("experiment"), CUSTOMER, *texts("arm"), *instants("assigned_at")),
    rows=streamed(SQL.experiment_arms),
    filters=(Filter(name="experiment", title="Experiment"),),
)
VOUCHER_CODES = Listing(
    name="voucher-codes",
    title="Voucher codes",
    text="The codes of voucher pools with their signs, as for print; what is left on gift cards.",
    permission="vouchers.view_codes",
    columns=(
        Column(name="code_id", type="id", prefix="vch"),
        *texts("pool", "code", "state"),
        CUSTOMER,
        *instants("made_at", "issued_at", "starts_at", "expires_at"),
        *integers("used", "uses_most", "reserved"),
        *texts("currency"),
        *amounts("loaded", "balance"),
    ),
    rows=streamed(SQL.voucher_codes),
    filters=(Filter(name="pool", title="Voucher pool"), Filter(name="state", title="State")),
)
REWARDS = Listing(
    name="rewards",
    title="Rewards",
    text="The catalogues of all programmes, with stock and cost.",
    permission="rewards.view",
    columns=(
        *texts("reward", "name", "programme"),
        *integers("version", "points"),
        *texts("fulfilment", "pool"),
        *integers("stock"),
        *texts("cost", "money"),
        *instants("ended_at"),
    ),
    rows=streamed(SQL.rewards),
    filters=(PROGRAMME,),
    personal=False,
)
REDEMPTIONS = Listing(
    name="redemptions",
    title="Redemptions",
    text="What members redeemed for their points, and where it stands.",
    permission="rewards.view",
    columns=(
        Column(name="redemption_id", type="id", prefix="rdm"),
        *texts("programme", "reward"),
        CUSTOMER,
        *texts("state"),
        *integers("points"),
        *texts("points_currency"),
        Column(name="code_id", type="id", prefix="vch"),
        *texts("currency"),
        *amounts("cost"),
        *flags("automatic"),
        *instants("redeemed_at", "changed_at"),
    ),
    rows=streamed(SQL.redemptions),
    filters=(
        PROGRAMME,
        Filter(name="reward", title="Reward"),
        Filter(name="state", title="State"),
        *PERIOD,
    ),
)


def review_rows(tx: Tx, asked: Asked) -> Iterator[Sequence[Sequence[Any]]]:
    before: int | None = None
    while part := loyalty.reviews(
        tx, asked.filter["programme"], state=asked.filter["state"], before=before, limit=BATCH
    ):
        before = part[-1].id
        yield [_review_line(one) for one in part]


def _review_line(one: loyalty.Review) -> Sequence[Any]:
    return (
        one.id, one.programme, one.customer_id, one.rule, one.words, one.watches, one.figure, one.more_than,
        one.hours, one.transfer_id, one.happened_at, one.state, one.note, one.decided_by, one.decided_at,
    )  # fmt: skip


REVIEWS = Listing(
    name="reviews",
    title="Reviews",
    text="Who went over a limit of a programme, and what was decided; points in the smallest unit.",
    permission="loyalty.view",
    columns=(
        *integers("review_id"),
        *texts("programme"),
        CUSTOMER,
        *texts("limit", "words", "watches"),
        *integers("figure", "more_than", "hours", "transfer_id"),
        *instants("happened_at"),
        *texts("state"),
        *free("note"),
        *texts("decided_by"),
        *instants("decided_at"),
    ),
    rows=review_rows,
    filters=(PROGRAMME, Filter(name="state", title="State", choices=("open", "cleared", "confirmed"))),
)
OF_LOYALTY = (
    REVIEWS,
    VOUCHER_CODES,
    REWARDS,
    REDEMPTIONS,
    MEMBERS,
    LEDGER,
    MESSAGES,
    CAMPAIGN_PEOPLE,
    EXPERIMENT_ARMS,
)
