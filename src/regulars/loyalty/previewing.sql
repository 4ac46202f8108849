-- name: versions_at
-- The versions that may rule an instant, those too that begin by then, the newest first.
select p.id as programme_id, p.key, v.version, v.live_from, v.live_until, v.body, v.only_stores, v.only_percent
from loyalty.programme p join loyalty.programme_version v on v.programme_id = p.id
where p.key = %(key)s and v.live_from <= %(at)s and (v.live_until is null or v.live_until > %(at)s)
union all
select p.id, p.key, c.version, c.begins, null, c.body, c.only_stores, c.only_percent
from loyalty.programme p join loyalty.coming_version c on c.programme_id = p.id
where p.key = %(key)s and c.begins <= %(at)s
order by version desc

-- name: stopped
-- Whether the programme is paused at an instant, or closing.
select p.id as programme_id, coalesce(p.closing_at <= %(at)s, false) as closing, exists (
    select from loyalty.pause q
    where q.programme_id = p.id and q.paused_at <= %(at)s and (q.resumed_at is null or q.resumed_at > %(at)s)
) as paused
from loyalty.programme p where p.key = %(key)s

-- name: products
-- What the catalogue says of products, by key.
select product_key, brand, array_remove(coalesce(category_path, '{}') || category || department, null) as categories
from orders.fact_product where product_key = any (%(keys)s::text[])
