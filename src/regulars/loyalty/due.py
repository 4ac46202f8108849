"""What falls due with time. Each job is idempotent and catches up after downtime."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.db import Tx
from regulars.loyalty.activation import activate_due
from regulars.loyalty.birthday import award_birthdays
from regulars.loyalty.expiry import expire_due
from regulars.loyalty.holds import expire_holds
from regulars.loyalty.inactivity import expire_inactive
from regulars.loyalty.launching import begin_due
from regulars.loyalty.notices import tell_expiring_points
from regulars.loyalty.review import review_tiers, tell_ending_tiers
from regulars.loyalty.welcome import greet_due


@dataclass(frozen=True, slots=True, kw_only=True)
class DueJob:
    """Called with the business clock's instant, at least so often; a late call catches up."""

    name: str
    every: timedelta
    run: Callable[[Tx, datetime], int]  # Gives how many transfers or tiers it changed.


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# In this order: what is given comes before what ends, and a late run leaves what each night would have left.
DUE = (
    DueJob(name="loyalty.begin_versions", every=HOUR, run=begin_due),
    DueJob(name="loyalty.expire_holds", every=HOUR, run=expire_holds),
    DueJob(name="loyalty.greet", every=HOUR, run=greet_due),
    DueJob(name="loyalty.birthdays", every=DAY, run=award_birthdays),
    DueJob(name="loyalty.activate", every=HOUR, run=activate_due),
    DueJob(name="loyalty.expire_inactive", every=HOUR, run=expire_inactive),
    DueJob(name="loyalty.expire", every=HOUR, run=expire_due),
    DueJob(name="loyalty.tell_ending_tiers", every=DAY, run=tell_ending_tiers),
    DueJob(name="loyalty.review_tiers", every=DAY, run=review_tiers),
    DueJob(name="loyalty.tell_expiring_points", every=DAY, run=tell_expiring_points),
)
