"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    save_reward: Query
    end_reward: Query
    reward: Query
    rewards: Query
    figures: Query
    claim: Query
    claimed: Query
    settle: Query
    person: Query
    tiers_of: Query
    lock_customer: Query
    redeemed_by: Query
    take_stock: Query
    give_stock: Query
    change_stock: Query
    save_stock_change: Query
    stock_changes: Query
    save_redemption: Query
    save_step: Query
    redemption: Query
    lock_redemption: Query
    redemptions: Query
    of_customer: Query
    steps: Query
    step: Query
    confirm: Query
    over: Query
    tell: Query
    told_to: Query
    due_members: Query
    automatic_number: Query


SQL = Sql()
