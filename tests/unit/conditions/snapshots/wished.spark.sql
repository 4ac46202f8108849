-- asked for a pause
select customer.customer_id, coalesce(g0.a0, false) as c0, least(cast(null as timestamp), g0.a1) as n0
from (select customer.customer_id
from (select customer_id, try_parse_json(customer.traits) as traits from copied_customer as customer) as customer) as customer
left join (select fact.customer_id, bool_or(not fact."given" and coalesce(fact."until" > cast(:p0 as timestamp), true)) filter (where fact."about" = cast(:p1 as string)) as a0, min(fact."until") filter (where fact."about" = cast(:p1 as string) and not fact."given" and coalesce(fact."until" > cast(:p0 as timestamp), true)) as a1
from (select fact.customer_id as customer_id, fact."about", fact."given", fact."until"
from (select * from copied_customers_wish) as fact) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 'pause'
