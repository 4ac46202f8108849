"""What a scheduled export says: which listing, how, when, and where its files are brought."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from regulars.connections import SftpAddress, sftp_address
from regulars.exports.writing import ENDINGS, Format
from regulars.kernel import local_day, local_instant

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY = re.compile(
    r"hourly|(?:daily|weekly on (?P<weekday>" + "|".join(WEEKDAYS) + r"))"
    r" at (?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ ={}-]{0,150}")
PLACEHOLDERS = ("key", "date", "time", "run")
NEW_ONLY = ("time", "run")  # One of them makes each file's name its own.
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")


class ExportBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    title: str
    listing: str  # As in orders; `regulars export-data --list` names them all.
    place: str  # A folder below the root for exports, s3://bucket/folder, or sftp://user@host/folder.
    every: str  # hourly, "daily at 02:30" or "weekly on monday at 02:30", in the zone of the workspace.
    format: Format = "csv"
    columns: tuple[str, ...] = ()  # Left out: every one.
    filter: dict[str, str] = {}
    name: str = "{key}-{date}"  # Of the file, without its ending; also {time} and {run}.
    only_new: bool = False  # What came since the last file that arrived, where the listing can tell.
    contacts: Literal["masked", "shown"] = "masked"
    guard: bool = True  # In CSV, what a spreadsheet would take for a formula is made text.
    host_key: str | None = None  # For sftp: the server's public key, as in "ssh-ed25519 AAAA…".
    endpoint: str | None = None  # For s3: the address of a store that is not Amazon's, as https://name.
    region: str = "us-east-1"  # For s3.
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Address:
    bucket: str
    prefix: str  # Without a slash at its ends; may be empty.

    def path(self, name: str) -> str:
        return "/".join(part for part in (self.bucket, self.prefix, name) if part)


Address = SftpAddress | S3Address | None  # None: a folder.


def address_of(place: str) -> Address:
    """Where a place is; raises ValueError for what is none."""
    if not place.startswith("s3://"):
        return sftp_address(place)
    parts = urlsplit(place)
    if not BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError("Write it as s3://bucket/folder.")
    prefix = unquote(parts.path).strip("/")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise ValueError("Write it as s3://bucket/folder, without empty parts or points.")
    return S3Address(bucket=parts.netloc, prefix=prefix)


def kind_of(place: str) -> Literal["folder", "s3", "sftp"]:
    if place.startswith("s3://"):
        return "s3"
    return "sftp" if "://" in place else "folder"


def is_folder_below(place: str) -> bool:
    parts = PurePosixPath(place).parts
    return bool(place.strip()) and not place.startswith("/") and ".." not in parts and "\0" not in place


def next_due(every: str, after: datetime, zone: str) -> datetime:
    """The first instant after another at which it is to run."""
    found = EVERY.fullmatch(every)
    if found is None or found["hour"] is None:
        hour = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return hour + timedelta(hours=1)
    at = time(int(found["hour"]), int(found["minute"]))
    wanted = WEEKDAYS.index(found["weekday"]) if found["weekday"] else None
    return next(
        due
        for day in _days(local_day(after, zone))
        if (wanted is None or day.weekday() == wanted) and (due := local_instant(day, at, zone)) > after
    )


def _days(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(15))


def file_name(pattern: str, kind: Format, *, key: str, run: str, at: datetime, zone: str) -> str:
    """The file's name at an instant, in the zone of the workspace.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> file_name("{key}-{date}", "csv-gzip", key="orders", run="exp_1", at=noon, zone="UTC")
    'orders-2026-03-01.csv.gz'
    """
    day = local_day(at, zone)
    values = {"key": key, "date": day.isoformat(), "time": f"{at.astimezone(UTC):%H%M%S}", "run": run}
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern.removesuffix(ENDINGS[kind]) + ENDINGS[kind]
