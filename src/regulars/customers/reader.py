"""Keeping profiles: the sequencer's hook that knows each event's customer, and the reader of traits."""

from collections.abc import Sequence

from regulars.customers import claims, identity, merging
from regulars.customers.consent import keep_consents
from regulars.customers.deriving import derive_in
from regulars.customers.groups import keep_groups
from regulars.customers.holding import take_turn
from regulars.customers.moving import Follow
from regulars.customers.statements import SQL
from regulars.customers.traits import keep_traits
from regulars.db import Tx, run
from regulars.log import Reader, Span, is_from_outside


def resolve(tx: Tx) -> None:
    """Give each event of the sequencer's batch its customer, making those nobody has seen.

    Only the one sequencer calls this, so nobody else can register the same identifier meanwhile.
    """
    run(tx, SQL.register_unseen)
    run(tx, SQL.assign)


def reader(follow: Sequence[Follow] = ()) -> Reader:
    """The reader of profiles; `follow` carries what other rooms keep by person along, in this order."""
    return Reader(name="customers", apply=lambda tx, span: apply(tx, span, follow))


def apply(tx: Tx, span: Span, follow: Sequence[Follow]) -> None:
    """Keep profiles up with a range of the log: traits, first and last seen, identifiers, who is who."""
    take_turn(tx)
    rules = identity.rules(tx)
    concerned = _keep(tx, span, rules) if is_from_outside(tx, span) else []
    waiting = merging.take_unsettled(tx)
    if waiting:
        fresh = claims.take_before(tx, waiting, rules)
        concerned += merging.touched(tx, span, fresh)
    merging.settle(tx, {*concerned, *waiting}, rules, at=span.booked_at, follow=follow)


def _keep(tx: Tx, span: Span, rules: identity.Rules) -> list[int]:
    """Keep what others told; gives the atoms whose person that may have changed."""
    told_again = keep_traits(tx, span)
    keep_groups(tx, span)
    keep_consents(tx, span)
    run(tx, SQL.see, after=span.after, to=span.to, again=told_again)
    fresh = claims.take(tx, span, rules)
    derive_in(tx, span, told_again)
    return merging.touched(tx, span, fresh)
