"""The statements about what connections receive."""

from regulars.db import Query, Statements


class Sql(Statements, file="receiving.sql"):
    seen_before: Query
    note_delivery: Query
    forget_deliveries: Query
    count_delivery: Query
    keep_sample: Query
    forget_samples: Query
    deliveries: Query
    tallies: Query
    samples: Query
    erase_samples: Query
    forget_old_samples: Query


SQL = Sql()
