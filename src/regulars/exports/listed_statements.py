"""The statements behind the listings that are read set by set."""

from regulars.db import Query, Statements


class Sql(Statements, file="listings.sql"):
    customers: Query
    approach: Query
    programme: Query
    segment_members: Query
    segment_moves: Query
    list_entries: Query
    consents: Query
    consents_top: Query
    traits: Query
    groups: Query
    group_members: Query
    orders: Query
    orders_top: Query
    order_lines: Query
    refunds: Query
    products: Query
    stores: Query
    members: Query
    ledger: Query
    voucher_codes: Query
    rewards: Query
    redemptions: Query
    messages: Query
    reactions: Query
    campaign_people: Query
    experiment_arms: Query
    events: Query
    events_top: Query
    planned: Query
    rejects: Query
    imports: Query
    made: Query


SQL = Sql()
