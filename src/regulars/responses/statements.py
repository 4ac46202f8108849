"""The statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    secret: Query
    keep_links: Query
    links: Query
    target: Query
    link_urls: Query
    count: Query
    one_at_a_time: Query
    known: Query
    hear: Query
    bursts: Query
    turn: Query
    of_message: Query
    heard_of_message: Query
    erase_links: Query
    erase_heard: Query
    held: Query
    forget_heard: Query


class FigureSql(Statements, file="figures.sql"):
    figures: Query
    by_domain: Query
    counted: Query
    by_link: Query
    by_hour: Query
    attributed: Query


SQL = Sql()
FIGURES = FigureSql()
