"""All campaigns at once say what each says alone."""

from datetime import timedelta

from regulars.campaigns import results, run_lines
from tests.integration.campaigns.test_campaign import AT, launch


def test_the_line_of_a_campaign_is_its_own_comparison(database) -> None:
    launch(database, 40)

    with database.transaction() as tx:
        (line,) = run_lines(tx, AT + timedelta(days=1))
        alone = results(tx, "win-back", AT + timedelta(days=1))

    assert (line.comparison, line.did, line.title) == (alone.comparison, alone.did, "Win back the lapsed")


def test_without_a_campaign_there_is_no_line(tx) -> None:
    assert run_lines(tx, AT) == []
