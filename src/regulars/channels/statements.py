"""The statements of the room that belong to no file of their own."""

from regulars.db import Query, Statements


class Sql(Statements, file="people.sql"):
    secret: Query
    follow_subscriptions: Query
    follow_cards: Query
    erase_subscriptions: Query
    erase_cards: Query
    erase_domains: Query
    held_subscriptions: Query
    held_cards: Query


SQL = Sql()
