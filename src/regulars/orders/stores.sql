-- name: put_store
-- What a field leaves out stays as it was.
insert into orders.store as store (
    store_key, name, name_folded, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on,
    updated_at
)
select * from unnest(
    %(keys)s::text[], %(names)s::text[], %(folded)s::text[], %(addresses)s::text[], %(cities)s::text[],
    %(postcodes)s::text[], %(countries)s::text[], %(zones)s::text[], %(latitudes)s::float8[], %(longitudes)s::float8[],
    %(opened)s::date[], %(closed)s::date[]
) as told, (select %(at)s::timestamptz) as clock
on conflict (store_key) do update
set
    name = coalesce(excluded.name, store.name),
    name_folded = coalesce(excluded.name_folded, store.name_folded),
    address = coalesce(excluded.address, store.address),
    city = coalesce(excluded.city, store.city),
    postcode = coalesce(excluded.postcode, store.postcode),
    country = coalesce(excluded.country, store.country),
    zone = coalesce(excluded.zone, store.zone),
    latitude = coalesce(excluded.latitude, store.latitude),
    longitude = coalesce(excluded.longitude, store.longitude),
    opened_on = coalesce(excluded.opened_on, store.opened_on),
    closed_on = coalesce(excluded.closed_on, store.closed_on),
    updated_at = greatest(excluded.updated_at, store.updated_at)

-- name: get_store
select
    store_id, store_key, name, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on,
    updated_at
from orders.store
where store_id = %(store_id)s

-- name: stores_by_key
select
    store_id, store_key, name, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on,
    updated_at
from orders.store
where store_key = any(%(keys)s)

-- name: list_stores
select
    store_id, store_key, name, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on,
    updated_at
from orders.store
where
    (
        %(words)s::text[] is null or (
            select bool_and(
                strpos(coalesce(name_folded, ''), word) > 0 or strpos(lower(store_key), word) > 0
            )
            from unnest(%(words)s::text[]) as word
        )
    )
    and (%(after)s::text is null or store_key > %(after)s::text collate "C")
order by store_key
limit %(limit)s

-- name: named_by_orders
-- Stores that orders of the last while name and nobody has described.
select purchase.store as store_key, count(*) as orders
from orders.purchase
where
    purchase.occurred_at >= %(since)s and purchase.store is not null
    and not exists (select from orders.store where store.store_key = purchase.store)
group by purchase.store
order by count(*) desc, purchase.store
limit %(limit)s
