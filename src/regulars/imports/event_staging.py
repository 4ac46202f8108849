"""Rows made into identifies, consents, messages and things: the SQL of checked rows, and of their units."""

import json

from regulars.imports import duck
from regulars.imports.cells import agreed, assembled
from regulars.imports.staging import Row, cells_select, problems

PROVENANCE = json.dumps({"provenance": {"kind": "import"}}, separators=(",", ":"))
CONTACTS: tuple[str, ...] = ("email", "phone")
CHANNELS = "('email', 'sms', 'push', 'post', 'phone', 'tracking')"
# What a consent's row may say beside channel and answer: the proof.
PROOF = (
    "topic", "source", "wording", "wording_version", "purpose", "basis", "ip", "asked_at", "asked_ip",
)  # fmt: skip


def customers(row: Row, rows: str, source: str) -> tuple[str, str]:
    """An identify a row, and a consent for each column that tells of one."""
    traits: dict[str, str] = {name: row.json(name) for name in CONTACTS if name in row.by_name}
    traits |= row.under("traits.")
    told = [field for field in row.fields if field.name in ("consent.email", "consent.sms")]
    at = row.at()
    further = [row.nobody(), row.future()]
    base = (
        f"select *, {problems(row.fields, further)} as problems, {row.user_id} as user_id, "
        f"{row.anonymous_id} as anonymous_id, {at} as happened, {assembled(traits)} as traits"
    )
    for number, field in enumerate(told):
        since = row.at(f"{field.name}.at")
        base += f", {agreed(field.cell.text)} as given{number}, coalesce({since}, {at}) as since{number}"
    checked = f"{base} from ({cells_select(rows, row.fields)})"
    prefix = f"import:{row.occasion.import_id}:"
    identify = (
        f"select row, 0 as part, '{prefix}' || row as message_id, {duck.text(source)} as source, "
        f"'identify' as type, 'identify' as name, user_id, anonymous_id, {row.occurred('happened')} as "
        "occurred_at, "
        f"traits as properties, {duck.text(PROVENANCE)} as context, {row.history('happened')} as history "
        "from checked "
        "where problems is null"
    )
    parts = [identify]
    for number, field in enumerate(told):
        channel = field.name.removeprefix("consent.")
        properties = f'\'{{"channel":"{channel}","source":\' || to_json({duck.text(source)}) || \'}}\''
        parts.append(
            f"select row, {number + 1}, '{prefix}' || row || ':{field.name}', {duck.text(source)}, 'track', "
            f"case when given{number} then 'Consent Given' else 'Consent Withdrawn' end, user_id, "
            "anonymous_id, "
            f"{row.occurred(f'since{number}')}, {properties}, {duck.text(PROVENANCE)}, "
            f"{row.history(f'since{number}')} from "
            "checked "
            f"where problems is null and given{number} is not null"
        )
    return checked, " union all ".join(parts)


def consents(row: Row, rows: str, source: str) -> tuple[str, str]:
    channel = f"lower(replace({row.text('channel')}, '-', ''))"
    place = row.by_name["channel"].place if "channel" in row.by_name else -1
    unknown = f"case when {channel} not in {CHANNELS} then 'channel:{place}' end"
    given = agreed(row.text("given"))
    names: list[str] = [name for name in PROOF if name in row.by_name]
    said: dict[str, str] = {
        "channel": f"to_json({channel})::varchar",
        **{name: row.json(name) for name in names},
    }
    further = [row.nobody(), row.missing("channel"), row.missing("given"), unknown, row.future()]
    checked = (
        f"select *, {problems(row.fields, further)} as problems, {row.user_id} as user_id, "
        f"{row.anonymous_id} as anonymous_id, {row.at()} as happened, {assembled(said)} as said, "
        f"{given} as given, {_imported(row.known_by)} as context from ({cells_select(rows, row.fields)})"
    )
    units = (
        f"select row, 0 as part, 'import:{row.occasion.import_id}:' || row as message_id, "
        f"{duck.text(source)} as source, 'track' as type, "
        "case when given then 'Consent Given' else 'Consent Withdrawn' end as name, user_id, anonymous_id, "
        f"{row.occurred('happened')} as occurred_at, said as properties, context, {row.history('happened')} "
        "as history "
        "from checked where problems is null and given is not null"
    )
    return checked, units


def _imported(context: str) -> str:
    """With the mark of an import: a row of a file counts, other than the word of a page."""
    return f"'{PROVENANCE[:-1]}' || coalesce(',' || ({context})[2:], '}}')"


def events(row: Row, rows: str, _source: str) -> tuple[str, str]:
    """A message of the tracking specification a row; the events room has the last word on each."""
    own = row.under("properties.")
    whole = row.text("properties")
    properties = f"coalesce({whole}, {assembled(own)})" if not own else assembled(own)
    if own and "properties" in row.by_name:
        properties = f"json_merge_patch(coalesce({whole}, '{{}}'), {assembled(own)})::varchar"
    kind = f"lower(coalesce({row.text('type')}, 'track'))"
    at = row.at()
    message = assembled(
        {
            "type": f"to_json({kind})::varchar",
            "event": f"case when {kind} = 'track' then {row.json('event')} end",
            "name": f"case when {kind} in ('page', 'screen') then {row.json('event')} end",
            "userId": f"to_json({row.user_id})::varchar",
            "anonymousId": f"to_json({row.anonymous_id})::varchar",
            "messageId": f"coalesce({row.json('message_id')}, '\"import:{row.occasion.import_id}:' || row || "
            "'\"')",
            "timestamp": f"'\"' || {row.occurred(at)} || '\"'",
            "properties": f"case when {kind} not in ('identify', 'group') then {properties} end",
            "traits": f"case when {kind} in ('identify', 'group') then coalesce({row.text('traits')}, "
            f"{whole}) end",
            "context": f"coalesce({row.text('context')}, {row.known_by})",
        }
    )
    further = [row.nobody(), row.missing("occurred_at"), row.future()]
    checked = (
        f"select *, {problems(row.fields, further)} as problems, {message} as message, "
        f"{row.user_id} as user_id, {row.anonymous_id} as anonymous_id, {at} as happened "
        f"from ({cells_select(rows, row.fields)})"
    )
    return checked, (
        f"select row, 0 as part, message, user_id, anonymous_id, {row.history('happened')} as history "
        "from checked where problems is null"
    )


def things(row: Row, rows: str, _source: str, *, needed: tuple[str, ...]) -> tuple[str, str]:
    """Products, stores, balances: one JSON object a row, for the room that keeps them."""
    said = {field.name: field.cell.json for field in row.fields}
    is_balance = "points" in needed
    further = [row.missing(name) for name in needed]
    if is_balance:
        points = row.by_name.get("points")
        place = points.place if points else -1
        few = f"case when try_cast({row.json('points')} as decimal(38,12)) <= 0 then 'positive:{place}' end"
        further += [row.nobody(), row.future("earned_at"), few]
    checked = (
        f"select *, {problems(row.fields, further)} as problems, {row.user_id if is_balance else 'null'} as "
        "user_id, "
        f"{row.anonymous_id if is_balance else 'null'} as anonymous_id, {assembled(said)} as said "
        f"from ({cells_select(rows, row.fields)})"
    )
    units = (
        "select row, 0 as part, said, user_id, anonymous_id, true as history "
        "from checked where problems is null"
    )
    return checked, units
