-- name: due
-- Persons that can be asked for and were not since an instant, those seen last first; who restricted the use of their
-- data is not asked for.
select customer.customer_id, customer.user_id, customer.email
from customers.fact_customer as customer
where
    (not %(by_user_id)s or customer.user_id is not null)
    and (not %(by_email)s or customer.email is not null)
    and not exists (
        select from customers.enrichment_asked as asked
        where
            asked.enrichment = %(key)s and asked.customer_id = customer.customer_id
            and asked.asked_at > %(since)s
    )
    and customer.customer_id <> all(array(
        select wish.customer_id from customers.fact_wish as wish where wish.about = 'processing' and not wish.given
    ))
order by customer.last_seen_at desc, customer.customer_id
limit %(limit)s

-- name: note
insert into customers.enrichment_asked (enrichment, customer_id, asked_at, outcome, note)
select %(key)s, asked.customer_id, %(at)s, asked.outcome, asked.note
from unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(notes)s::text[]) as asked (customer_id, outcome, note)
on conflict (enrichment, customer_id) do update
set asked_at = excluded.asked_at, outcome = excluded.outcome, note = excluded.note

-- name: tally
select
    count(*)::integer as asked,
    count(*) filter (where outcome = 'found')::integer as found,
    count(*) filter (where outcome = 'failed')::integer as failed,
    max(asked_at) as last_at
from customers.enrichment_asked
where enrichment = %(key)s
