"""A campaign in words, and what its body alone shows to be wrong."""

from datetime import datetime

import msgspec
import pytest

from regulars.campaigns import WIN_BACK, WIN_BACK_TEMPLATE, Campaign
from regulars.campaigns.model import sentence, validate
from regulars.templates import review


def test_a_campaign_reads_as_one_sentence():
    assert sentence(WIN_BACK) == (
        "Send “we-miss-you” by recorded e-mail to everybody in “lapsed”, hold out 30%, "
        "and count who buys within 28 days."
    )


def test_other_goals_and_no_holdout_are_said():
    body = msgspec.structs.replace(WIN_BACK, goal="Review Written", held_out_percent=0, window_days=1)

    assert sentence(body).endswith("hold nobody out, and count who does “Review Written” within a day.")


def test_the_ready_made_definitions_are_clean():
    assert validate(WIN_BACK) == []
    assert review(WIN_BACK_TEMPLATE) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"purpose": " "}, "purpose"),
        ({"segment": ""}, "segment"),
        ({"exclude": ("lapsed",)}, "exclude"),
        ({"local_time": True}, "send_at"),
        ({"goal": "regulars.messaging.sent"}, "goal"),
        ({"send_at": datetime(2025, 3, 1, 9)}, "send_at"),  # noqa: DTZ001 - that is what is refused
    ],
)
def test_what_is_wrong_is_said_at_its_place(changes, path):
    assert [finding.path for finding in validate(msgspec.structs.replace(WIN_BACK, **changes))] == [path]


@pytest.mark.parametrize("changes", [{"held_out_percent": 51}, {"window_days": 0}, {"expected_percent": 0}])
def test_numbers_out_of_bounds_are_refused(changes):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(WIN_BACK) | changes, Campaign)


def test_shares_fill_the_buckets():
    assert [arm.share for arm in WIN_BACK.arms] == [3000, 7000]
