"""The business clock: with the wall or standing, and never back."""

from datetime import timedelta

import pytest

from regulars.log import ClockRunsBack, Sequencer, clock, let_run, stand
from tests.integration.log.world import NOON, event, put, resolve

WALL = NOON + timedelta(days=500)


def test_the_business_clock_runs_with_the_walls_until_it_is_made_to_stand(database):
    with database.transaction() as tx:
        assert clock(tx).now(WALL) == WALL
        stand(tx, NOON)
        assert clock(tx).now(WALL) == NOON
        stand(tx, NOON + timedelta(days=1))
        let_run(tx)
        assert clock(tx).now(WALL) == WALL


def test_the_business_clock_never_goes_back(database):
    with database.transaction() as tx:
        stand(tx, NOON)
    with pytest.raises(ClockRunsBack), database.transaction() as tx:
        stand(tx, NOON - timedelta(seconds=1))

    put(database, event())
    sequencer = Sequencer(database, resolve)
    sequencer.run_once(NOON + timedelta(days=2))
    sequencer.close()
    with pytest.raises(ClockRunsBack), database.transaction() as tx:
        stand(tx, NOON + timedelta(days=1))
