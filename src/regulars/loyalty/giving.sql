-- name: give
-- Awards without a purchase, one a row, in the order of members, so that two writers lock alike; an id that came before
-- gives nothing again.
select count(*)::int from (
    select g.* from unnest(
        %(customers)s::bigint[], %(currencies)s::text[], %(amounts)s::bigint[], %(keys)s::text[],
        %(occurred)s::timestamptz[], %(expires)s::timestamptz[], %(reasons)s::text[], %(fields)s::jsonb[]
    ) as g (customer_id, currency, amount, key, occurred_at, expires_at, reason, fields)
    join loyalty.member m on m.programme_id = %(programme_id)s and m.customer_id = g.customer_id
    order by m.id
    offset 0
) as told
join loyalty.currency c on c.programme_id = %(programme_id)s and c.code = told.currency
cross join lateral loyalty.post_award(
    c.programme_id, c.id, told.customer_id, told.amount, told.key, told.occurred_at, %(at)s, told.occurred_at,
    told.expires_at, told.reason, 'regulars', told.fields, 'gift') as posted
where posted.outcome = 'posted'
