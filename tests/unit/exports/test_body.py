"""When a scheduled export is due, what its file is called, and which places there are."""

import doctest
from datetime import UTC, datetime

import pytest

from regulars.connections import SftpAddress
from regulars.exports import body, file_name, next_due, writing
from regulars.exports.body import S3Address, address_of

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        ("hourly", "2026-03-01T10:20", "2026-03-01T11:00"),
        ("daily at 02:30", "2026-03-01T07:29", "2026-03-01T07:30"),
        ("daily at 02:30", "2026-03-01T07:30", "2026-03-02T07:30"),
        ("daily at 02:30", "2026-03-07T12:00", "2026-03-08T07:30"),  # The hour that is left out in spring.
        ("daily at 02:30", "2026-03-08T12:00", "2026-03-09T06:30"),  # In summer time.
        ("daily at 01:30", "2026-11-01T05:30", "2026-11-02T06:30"),  # Once, though the hour comes twice.
        ("weekly on monday at 06:00", "2026-03-02T12:00", "2026-03-09T10:00"),
    ],
)
def test_it_is_due_at_its_hour_in_the_zone(every: str, after: str, due: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert next_due(every, at(after), ZONE) == at(due)


def test_a_file_is_named_by_the_day_of_the_zone() -> None:
    late = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)

    name = file_name("{key}-{date}-{time}-{run}.csv", "csv", key="k", run="exp_1", at=late, zone=ZONE)

    assert name == "k-2026-02-28-030405-exp_1.csv"


def test_places_are_folders_stores_and_servers() -> None:
    assert address_of("nightly/orders") is None
    assert address_of("s3://lake/a/b/") == S3Address(bucket="lake", prefix="a/b")
    assert S3Address(bucket="lake", prefix="").path("x.csv") == "lake/x.csv"
    assert address_of("sftp://me@host:2222/in") == SftpAddress(user="me", host="host", port=2222, path="/in")
    for wrong in ("s3://", "s3://UPPER/x", "s3://b/../x", "sftp://host/in", "http://host"):
        with pytest.raises(ValueError, match=r"s3://|sftp://"):
            address_of(wrong)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(body).attempted and doctest.testmod(writing).attempted
    assert not doctest.testmod(body).failed and not doctest.testmod(writing).failed
