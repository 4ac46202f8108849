"""What computed traits can measure of orders."""

from psycopg import sql

from regulars.customers import Facts
from regulars.kernel import MINOR_DIGITS

_UNITS = " ".join(f"when '{currency}' then {10**digits}" for currency, digits in sorted(MINOR_DIGITS.items()))
_UNIT = f"case currency {_UNITS} else 100 end"

FACTS = Facts(
    name="orders",
    title="Orders",
    query=sql.SQL(
        # The only thing put into the text is the table of currencies above.
        "select customer_id, occurred_at, order_id as place, jsonb_build_object("  # noqa: S608
        f"'total', round(net_minor::numeric / {_UNIT}, 3), "
        f"'discount', round(discount_minor::numeric / {_UNIT}, 3), "
        "'currency', currency, 'store', store, 'lines', line_count, 'order_id', order_key) as properties "
        "from orders.fact_order where status <> 'cancelled'"
    ),
    touched=sql.SQL(
        "with told as (select event.customer_id, event.properties ->> 'order_id' as order_key "
        "from log.fact_event as event where event.position > %(after)s and event.position <= %(to)s "
        "and starts_with(event.name, 'Order ')) "
        "select person.person_id from told inner join customers.fact_person as person using (customer_id) "
        "union select bought.customer_id from told inner join orders.fact_order as bought using (order_key)"
    ),
    properties=("total", "discount", "currency", "store", "lines", "order_id"),
    money=("total", "discount"),
)
