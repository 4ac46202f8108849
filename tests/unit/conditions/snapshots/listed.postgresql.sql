-- is on the list “guests”
select customer.customer_id, coalesce(g0.a0, false) as c0, least(cast(null as timestamptz), g0.a1) as n0
from (select customer.customer_id from customers.fact_customer as customer) as customer
left join (select fact.customer_id, bool_or((fact."until" is null or fact."until" > %(p0)s::timestamptz)) filter (where fact.name = %(p1)s::text) as a0, min(fact."until") filter (where fact.name = %(p1)s::text and fact."until" > %(p0)s::timestamptz) as a1
from (select person.person_id as customer_id, fact."until", fact.at, fact.name
from (select atom_id as customer_id, added_at as at, segment_key as name, until from segments.fact_list_entry) as fact
inner join customers.fact_person as person on person.customer_id = fact.customer_id offset 0) as fact
group by fact.customer_id) as g0 on g0.customer_id = customer.customer_id
-- p0: datetime.datetime(2025, 11, 3, 5, 0, tzinfo=datetime.timezone.utc)
-- p1: 'guests'
