"""Putting a version of a programme in force: at once, at an instant to come, or for some first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from regulars.db import Query, Statements, Tx, maybe, rows, run, value
from regulars.kernel import Finding, Invalid
from regulars.loyalty.beginning import settle
from regulars.loyalty.model import Programme, Rollout
from regulars.loyalty.time_words import said_instant


class Sql(Statements, file="launching.sql"):
    changed_scale: Query
    closed: Query
    save_programme: Query
    end_versions: Query
    begin_version: Query
    put_off_version: Query
    drop_coming: Query
    begun: Query
    any_coming: Query
    save_currency: Query
    open_programme_accounts: Query
    open_member_accounts: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    key: str
    version: int
    begins: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    closing_at: datetime


def launch_version(tx: Tx, key: str, version: int, programme: Programme, at: datetime) -> int:
    """Puts a version in force, from now on or from when it begins; the one before rules what occurred before.

    One that was to begin later gives way to it. Raises Invalid for an instant that has passed.
    """
    _refuse(tx, key, programme, at)
    run(tx, SQL.drop_coming, key=key)
    if programme.begins is None or programme.begins <= at:
        return _begin(tx, key, version, programme, at)
    programme_id = _saved(tx, key, programme, at, holds=False)
    _open_books(tx, programme_id, programme)
    run(tx, SQL.put_off_version, begins=programme.begins, **_row(programme_id, version, programme))
    return programme_id


def begin_due(tx: Tx, at: datetime) -> int:
    """Lets begin, each at its own instant, what was to begin by now; gives how many versions did."""
    if not value(tx, SQL.any_coming, at=at):
        return 0
    coming = rows(tx, SQL.begun, Coming, at=at)
    for one in coming:
        _begin(tx, one.key, one.version, msgspec.convert(one.body, Programme), one.begins)
    return len(coming)


def end_programme(tx: Tx, key: str, at: datetime) -> None:
    """Ends earning; what was earned stays owed and can be spent until it expires."""
    run(tx, SQL.drop_coming, key=key)
    run(tx, SQL.end_versions, key=key, at=at, only_rollouts=False)


def _begin(tx: Tx, key: str, version: int, programme: Programme, at: datetime) -> int:
    holds = programme.only_for is None
    run(tx, SQL.end_versions, key=key, at=at, only_rollouts=not holds)
    programme_id = _saved(tx, key, programme, at, holds=holds)
    run(tx, SQL.begin_version, at=at, **_row(programme_id, version, programme))
    _open_books(tx, programme_id, programme)
    settle(tx, programme_id, programme, at)
    return programme_id


def _row(programme_id: int, version: int, programme: Programme) -> dict[str, Any]:
    only = programme.only_for or Rollout()
    return {
        "programme_id": programme_id,
        "version": version,
        "body": Jsonb(msgspec.to_builtins(programme)),
        "stores": list(only.stores) or None,
        "percent": only.percent,
    }


def _saved(tx: Tx, key: str, programme: Programme, at: datetime, *, holds: bool) -> int:
    about = {"name": programme.name, "legal_entity": programme.legal_entity, "zone": programme.zone}
    return int(value(tx, SQL.save_programme, key=key, at=at, holds=holds, **about))


def _open_books(tx: Tx, programme_id: int, programme: Programme) -> None:
    for currency in programme.currencies:
        run(
            tx,
            SQL.save_currency,
            programme_id=programme_id,
            code=currency.code,
            name=currency.name,
            scale=currency.scale,
        )
    run(tx, SQL.open_programme_accounts, programme_id=programme_id)
    run(tx, SQL.open_member_accounts, programme_id=programme_id)


def _refuse(tx: Tx, key: str, programme: Programme, at: datetime) -> None:
    for i, currency in enumerate(programme.currencies):
        if value(tx, SQL.changed_scale, key=key, code=currency.code, scale=currency.scale):
            message = f"The scale of {currency.code} cannot change: points are booked in it. Add a currency."
            raise _invalid(f"currencies[{i}].scale", "fixed", message)
    if programme.begins is not None and programme.begins < at:
        when = said_instant(programme.begins, programme.zone)
        message = (
            f"It was to begin on {when}, which has passed: what occurred since has earned by the version "
            "before. Choose a later instant, or leave it empty to begin now."
        )
        raise _invalid("begins", "past", message)
    closed = maybe(tx, SQL.closed, Closed, key=key, at=at)
    if closed is not None:
        ended = said_instant(closed.closing_at, programme.zone)
        message = f"The programme closed on {ended}; begin another under a key of its own."
        raise _invalid("name", "closed", message)


def _invalid(path: str, code: str, message: str) -> Invalid:
    return Invalid(message, [Finding(path=path, code=code, message=message)])
