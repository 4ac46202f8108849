"""What people agreed to and asked for, as conditions: who matches, in words, and why."""

from datetime import timedelta

import pytest

from regulars import conditions, customers, log
from regulars.customers import Statement
from regulars.kernel import Invalid
from tests.integration.messaging.given import AT, add_customers

DAY = timedelta(days=1)
NEWS = {"channel": "email", "topic": "news"}
SAID = {
    "agrees": [Statement(given=True, **NEWS), Statement(about="pause", given=False, until=AT + DAY)],
    "left": [Statement(given=False, **NEWS), Statement(about="profiling", given=False)],
    "silent": [],
}


def test_consents_and_wishes_are_asked_of_everybody_and_of_one(database):
    with database.transaction() as tx:
        ids = dict(zip(SAID, add_customers(tx, [(name, None) for name in SAID]), strict=True))
        for name, said in SAID.items():
            if said:
                customers.record(tx, ids[name], said, at=AT - DAY)
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, customers.reader())], AT)
    sequencer.close()
    agreed = conditions.parse({"is": "consented", **NEWS})
    withdrew = conditions.parse({"is": "consented", **NEWS, "given": False})
    objects = conditions.parse({"is": "wished", "wish": "no_profiling"})
    pause = conditions.parse({"is": "wished", "wish": "pause"})
    either = conditions.Any(conditions=(agreed, objects, conditions.Not(condition=withdrew)))

    with database.transaction() as tx:
        assert conditions.matching(tx, agreed, AT) == [ids["agrees"]]
        assert conditions.matching(tx, withdrew, AT) == [ids["left"]]
        assert conditions.matching(tx, objects, AT) == [ids["left"]]
        assert conditions.matching(tx, pause, AT) == [ids["agrees"]]
        assert conditions.matching(tx, pause, AT + DAY) == []
        assert conditions.matching_count(tx, either, AT) == len(SAID)
        why = conditions.explain(tx, either, ids["left"], AT)
        assert [(part.sentence, part.figure) for part in why.parts] == [
            ("agreed to email about news", "withdrew"),
            ("objects to profiling", "asked for"),
            ("did not withdraw email about news", None),
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"is": "consented"},
        {"is": "consented", "channel": "", "topic": "x"},
        {"is": "consented", "channel": "email", "given": 1},
        {"is": "wished", "wish": "all"},
    ],
)
def test_what_asks_nothing_is_refused(wrong):
    with pytest.raises(Invalid):
        conditions.parse(wrong)
