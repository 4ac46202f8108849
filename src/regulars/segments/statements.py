"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    lock: Query
    know_approaches: Query
    know_segments: Query
    name_stages: Query
    ids: Query
    last_refresh: Query
    depart: Query
    enter: Query
    count_sizes: Query
    looked_at: Query
    look: Query
    unstage: Query
    find: Query
    sizes: Query
    size_over_time: Query
    members: Query
    was_member: Query
    stays: Query
    depart_profiles: Query
    enter_profiles: Query


SQL = Sql()
