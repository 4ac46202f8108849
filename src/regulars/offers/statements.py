"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    save_pool: Query
    keep_version: Query
    end_pool: Query
    hold_pool: Query
    hold_pool_alone: Query
    limit_codes: Query
    count_again: Query
    handed_out: Query
    pool: Query
    pools: Query
    figures: Query
    claim: Query
    claimed: Query
    settle: Query
    shapes: Query
    keep_shape: Query
    make: Query
    take_free: Query
    hand_out: Query
    persons: Query
    code_bare: Query
    code_id: Query
    lock_code: Query
    codes: Query
    wallet: Query
    uses_of: Query
    reservations_of: Query
    movements_of: Query
    uses_of_customer: Query
    lock_customer: Query
    tallies: Query
    count_use: Query
    give_back_tally: Query
    take: Query
    save_use: Query
    use: Query
    lock_use: Query
    give_back: Query
    return_use: Query
    withdraw: Query
    reserve: Query
    save_reservation: Query
    reservation: Query
    held_by: Query
    end_reservation: Query
    unreserve: Query
    lapse_of_code: Query
    lapse: Query
    move: Query
    liability: Query
    expire: Query
    tell: Query


SQL = Sql()
