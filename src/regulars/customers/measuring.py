"""A computed trait as one grouped statement over events or over another room's facts.

Names, paths and values of a definition are parameters: no text of it becomes text of the statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from regulars.customers.measure import OF_NUMBERS, ComputedTraitBody, Facts, Filter

EVENTS = sql.SQL(
    "select coalesce(atom.survivor_id, atom.customer_id) as customer_id, event.occurred_at, "
    "event.position as place, event.properties "
    "from log.fact_event as event inner join customers.customer as atom using (customer_id) "
    "where event.name = {event} and event.type in ('track', 'page', 'screen')"
)
OF_THESE = sql.SQL(
    " and event.customer_id = any(array(select customer_id from customers.customer "
    "where customer_id = any({ids}) or survivor_id = any({ids})))"
)
# A number, or a text that is one.
NUMBER = sql.SQL(
    "case jsonb_typeof(measured.value) when 'number' then measured.value::numeric when 'string' then "
    "case when measured.value #>> '{{}}' ~ '^[+-]?[0-9]{{1,18}}([.][0-9]{{1,12}})?$' "
    "then (measured.value #>> '{{}}')::numeric end end"
)
MEASURES = {
    "count": "to_jsonb(count(*))",
    "sum": "to_jsonb(sum({number}))",
    "average": "to_jsonb(round(avg({number}), 6))",
    "minimum": "to_jsonb(min({number}))",
    "maximum": "to_jsonb(max({number}))",
    "first": "(array_agg(measured.value order by fact.occurred_at, fact.place))[1]",
    "last": "(array_agg(measured.value order by fact.occurred_at desc, fact.place desc))[1]",
    "distinct": "to_jsonb(count(distinct measured.value))",
    "most_frequent": "mode() within group (order by measured.value)",
}
COMPARED = {"at_least": sql.SQL(">="), "at_most": sql.SQL("<=")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """customer_id and value of everybody with any; of nothing there is no row."""

    query: sql.Composed
    params: dict[str, Any]


def compile_measure(
    body: ComputedTraitBody, facts: Facts | None, at: datetime, ids: Sequence[int] | None = None
) -> Measured:
    """The statement of one computed trait at an instant, for some persons or for everybody."""
    params: dict[str, Any] = {}

    def param(given: Any) -> sql.Composed:
        params[name := f"m{len(params)}"] = given
        return sql.SQL("{}").format(sql.Placeholder(name))

    asked = [_asked(one, param) for one in body.where]
    if body.value is not None:
        asked.append(sql.SQL("measured.value is not null and measured.value <> 'null'").format())
    if body.days is not None:
        since = param(at - timedelta(days=body.days))
        asked.append(sql.SQL("fact.occurred_at > {}").format(since))
    if ids is not None and facts is not None:
        asked.append(sql.SQL("fact.customer_id = any({})").format(param(list(ids))))
    path = param(body.value.split(".") if body.value else [])
    query = sql.SQL(
        "select fact.customer_id, {measure} as value from ({source}) as fact "
        "cross join lateral (select fact.properties #> {path}::text[] as value) as measured "
        "where {asked} group by fact.customer_id"
    ).format(
        measure=_measure(body),
        source=_source(body, facts, ids, param),
        path=path,
        asked=sql.SQL(" and ").join(asked) if asked else sql.SQL("true"),
    )
    return Measured(query=query, params=params)


def _source(body: ComputedTraitBody, facts: Facts | None, ids: Sequence[int] | None, param: Any) -> Any:
    if facts is not None:
        return facts.query
    source = EVENTS.format(event=param(body.event))
    return source if ids is None else source + OF_THESE.format(ids=param(list(ids)))


def _measure(body: ComputedTraitBody) -> sql.Composed:
    number = NUMBER.format()
    if body.measure in OF_NUMBERS:
        return sql.SQL(MEASURES[body.measure]).format(number=number)
    return sql.SQL(MEASURES[body.measure]).format()


def _asked(one: Filter, param: Any) -> sql.Composed:
    found = sql.SQL("(fact.properties #> {}::text[])").format(param(one.property.split(".")))
    match one.test:
        case "exists":
            return sql.SQL("coalesce({} <> 'null', false)").format(found)
        case "equals":
            return sql.SQL("coalesce({} = {}::jsonb, false)").format(found, param(Jsonb(one.value)))
        case "differs":
            return sql.SQL("{} is distinct from {}::jsonb").format(found, param(Jsonb(one.value)))
        case "one_of":
            values = param([Jsonb(value) for value in one.values])
            return sql.SQL("coalesce({} = any({}::jsonb[]), false)").format(found, values)
        case _:
            return sql.SQL(
                "case jsonb_typeof({found}) when 'number' then {found}::numeric {sign} {value} else false end"
            ).format(found=found, sign=COMPARED[one.test], value=param(one.value))
