-- name: keep
-- Each host once, in order, so that two who name the same new ones do not wait for each other in a circle.
insert into orders.link_host (host)
select named.host
from (
    select distinct
        lower(rtrim(substring(told.address from '^https?://([^]/?#:@\\\s[]{1,253})(?:[/?#:]|$)'), '.')) as host
    from pg_temp.product_staged
    cross join lateral (values (url), (image_url)) as told (address)
) as named
where named.host <> '' and not exists (select from orders.link_host where link_host.host = named.host)
order by named.host
on conflict do nothing

-- name: linked
select host from orders.link_host where host = any(%(hosts)s::text[])
