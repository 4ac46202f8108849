"""The statements of the room, by what they are about."""

from regulars.db import Query, Statements


class Endpoints(Statements, file="endpoints.sql"):
    open_endpoint: Query
    cancel_waiting: Query
    shut: Query
    endpoints: Query
    change_state: Query
    stop: Query
    due: Query
    hold: Query
    rest: Query
    note_result: Query
    release: Query


class Deliveries(Statements, file="deliveries.sql"):
    wanted: Query
    write_down: Query
    claim: Query
    take_back: Query
    finish: Query
    tally: Query
    note_try: Query


class Records(Statements, file="records.sql"):
    deliveries: Query
    delivery: Query
    attempts: Query
    hours: Query
    tallies: Query
    open_counts: Query
    replay_one: Query
    replay_failed: Query
    first_position: Query
    last_position: Query
    booked_at: Query
    expire: Query
    held: Query
    deliveries_telling: Query
    attempts_telling: Query
    erase: Query


ENDPOINTS = Endpoints()
DELIVERIES = Deliveries()
RECORDS = Records()
