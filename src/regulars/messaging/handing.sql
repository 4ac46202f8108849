-- name: enqueue_each
-- A row for each message, which nothing of its source counts as the same; gives the sends by entry.
insert into messaging.send (source_id, customer_id, atom_id, entry, arm, queued_at, data)
select %(source_id)s, single.customer_id, single.customer_id, single.entry, 'treated', %(at)s, single.data
from unnest(%(customer_ids)s::bigint[], %(entries)s::bigint[], %(data)s::jsonb[]) as single (customer_id, entry, data)
order by single.entry
returning send_id, entry
