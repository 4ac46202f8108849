"""Rows made into orders: those with one order id are the lines of one order, wherever they stand."""

from regulars.imports import duck
from regulars.imports.cells import assembled
from regulars.imports.staging import Field, Row, cells_select, problems

# Of the whole order: said in one of its rows at least, and the same wherever it is said.
WHOLE = ("currency", "total", "discount", "shipping", "tax", "store_id", "coupon", "revision", "products")
LINE = {
    "line.product_id": "product_id",
    "line.name": "name",
    "line.quantity": "quantity",
    "line.price": "price",
    "line.total": "total",
    "line.discount": "discount",
    "line.category": "category",
    "line.brand": "brand",
}


def orders(row: Row, rows: str, source: str) -> tuple[str, str]:
    """An Order Completed for each order id, at the place of its first row; a bad row makes its order bad."""
    lines = [field for field in row.fields if field.name in LINE or field.name.startswith("line.properties.")]
    whole = [field for field in row.fields if field not in lines]
    checked = _checked(row, rows, whole, lines)
    units = _units(row, whole, source, has_lines=bool(lines))
    return checked, units


def _checked(row: Row, rows: str, whole: list[Field], lines: list[Field]) -> str:
    line = {LINE.get(field.name, field.name.removeprefix("line.")): field.cell.json for field in lines}
    if "line.product_id" in row.by_name and "line.name" in row.by_name:
        # Shops leave the number of a product out; its name tells it apart as well.
        line["product_id"] = f"coalesce({row.json('line.product_id')}, {row.json('line.name')})"
    order = row.by_name.get("order_id")
    place = order.place if order else -1
    further = [row.missing("order_id"), row.future(), *(_line_problems(row, line) if lines else ())]
    values = "".join(f", {field.cell.json} as v{number}" for number, field in enumerate(whole))
    alone = (
        f"select row, shape, {problems(row.fields, further)} as own, {row.text('order_id')} as order_id, "
        f"{row.user_id} as user_id, {row.anonymous_id} as anonymous_id, {row.at()} as happened, "
        f"{row.known_by} as context, "
        f"nullif({assembled(line)}, '{{}}') as line{values} from ({cells_select(rows, row.fields)})"
    )
    order_wide = "over (partition by order_id)"
    same = [
        f"count(distinct v{n}) {order_wide} as d{n}"
        for n, field in enumerate(whole)
        if _is_of_the_whole(field)
    ]
    differs = [
        f"case when d{n} > 1 then 'differs:{field.place}' end"
        for n, field in enumerate(whole)
        if _is_of_the_whole(field)
    ]
    lacks = [
        (
            f"case when order_id is not null and {_first('user_id')} {order_wide} is null "
            f"and {_first('anonymous_id')} {order_wide} is null then 'nobody:-1' end"
        ),
        (
            f"case when order_id is not null and {_first('happened')} {order_wide} is null then "
            f"'missing:{_place(row, 'occurred_at')}' end"
        ),
    ]
    if "currency" in row.by_name:
        number = whole.index(row.by_name["currency"])
        lacks.append(
            f"case when order_id is not null and {_first(f'v{number}')} {order_wide} is null "
            f"then 'missing:{_place(row, 'currency')}' end"
        )
    if not lines:
        lacks.append(
            f"case when order_id is not null and row > min(row) {order_wide} then 'repeated:{place}' end"
        )
    counted = f"select *{''.join(', ' + one for one in same)}, {_joined(lacks)} as lack from ({alone})"
    found = f"nullif(concat_ws('|', coalesce(own, lack), {', '.join(differs) or 'null'}), '')"
    summed = f"select *, {found} as found from ({counted})"
    spread = (
        "case when found is not null then found when order_id is not null and "
        f"bool_or(found is not null and found not like 'repeated:%') {order_wide} then 'line_of_bad:{place}' "
        "end"
    )
    return f"select *, {spread} as problems from ({summed})"


def _line_problems(row: Row, line: dict[str, str]) -> list[str]:
    """A row that tells of a line tells its product and amount."""
    told = f"coalesce({', '.join(line.values())}) is not null"
    product = _place(row, "line.product_id")
    # What is there and unreadable is told as such.
    amount = f"{row.text('line.total')} is null and ({row.text('line.price')} is null"
    return [
        f"case when {told} and ({line.get('product_id', 'null')}) is null then 'missing:{product}' end",
        (
            f"case when {told} and {amount} or {row.text('line.quantity')} is null) "
            f"then 'line_amount:{max(_place(row, 'line.total'), _place(row, 'line.price'))}' end"
        ),
    ]


def _is_of_the_whole(field: Field) -> bool:
    return field.name in (*WHOLE, "user_id", "occurred_at") and field.place >= 0


def _place(row: Row, name: str) -> int:
    return row.by_name[name].place if name in row.by_name else -1


def _first(column: str) -> str:
    return f"min({column})"


def _joined(parts: list[str]) -> str:
    return f"nullif(concat_ws('|', {', '.join(parts)}), '')"


def _by_server(context: str) -> str:
    """With the mark that events.read puts on what a server says of an order; these rows do not pass there."""
    return f"'{{\"server\":true' || coalesce(',' || {context}[2:], '}}')"


def _units(row: Row, whole: list[Field], source: str, *, has_lines: bool) -> str:
    numbers = {field.name: n for n, field in enumerate(whole)}
    said = {name: f"p{numbers[name]}" for name in WHOLE if name in numbers}
    said |= {
        field.name.removeprefix("properties."): f"p{n}"
        for n, field in enumerate(whole)
        if field.name.startswith("properties.")
    }
    properties = {"order_id": "to_json(order_id)::varchar", **said}
    if has_lines:
        properties["products"] = "lines"
    picked = "".join(
        f", arg_min(v{n}, row) filter (where v{n} is not null) as p{n}" for n in range(len(whole))
    )
    gathered = (
        "select order_id, min(row) as row, arg_min(user_id, row) filter (where user_id is not null) as "
        "user_id, "
        "arg_min(anonymous_id, row) filter (where anonymous_id is not null) as anonymous_id, "
        "arg_min(context, row) filter (where context is not null) as context, min(happened) as happened, "
        "'[' || string_agg(line, ',' order by row) || ']' as lines"
        f"{picked} from checked where problems is null group by order_id"
    )
    made = f"select *, {assembled(properties)} as properties from ({gathered})"
    # The same order under the same id, whichever file it comes in; changed contents are news of the order.
    message_id = (
        "'order-' || (case when length(order_id) > 150 then md5(order_id) else order_id end) "
        "|| '-' || md5(properties || coalesce(user_id, anonymous_id))[:12]"
    )
    return (
        f"select row, 0 as part, {message_id} as message_id, {duck.text(source)} as source, 'track' as type, "
        "'Order Completed' as name, user_id, case when user_id is null then anonymous_id end as "
        "anonymous_id, "
        f"{row.occurred('happened')} as occurred_at, properties, {_by_server('context')} as context, "
        f"{row.history('happened')} as history, "
        f"order_id from ({made})"
    )
