-- name: save_programme
insert into loyalty.programme (key, name, legal_entity, zone, launched_at)
values (%(key)s, %(name)s, %(legal_entity)s, %(zone)s, %(at)s)
on conflict (key) do update set name = excluded.name, legal_entity = excluded.legal_entity, zone = excluded.zone
returning id

-- name: end_version
-- Closes the version in force at an instant; orders that occurred before still earn by it.
update loyalty.programme_version v set live_until = %(at)s
from loyalty.programme p
where p.id = v.programme_id and p.key = %(key)s and v.live_until is null

-- name: begin_version
insert into loyalty.programme_version (programme_id, version, live_from, body)
values (%(programme_id)s, %(version)s, %(at)s, %(body)s)

-- name: save_currency
-- A currency's scale never changes: amounts already booked would change their meaning.
insert into loyalty.currency (programme_id, code, name, scale)
values (%(programme_id)s, %(code)s, %(name)s, %(scale)s)
on conflict (programme_id, code) do update set name = excluded.name

-- name: changed_scale
select code from loyalty.currency c join loyalty.programme p on p.id = c.programme_id
where p.key = %(key)s and c.code = %(code)s and c.scale <> %(scale)s

-- name: open_programme_accounts
insert into loyalty.account (programme_id, currency_id, kind)
select c.programme_id, c.id, k.kind
from loyalty.currency c
cross join unnest(array['issued', 'redeemed', 'expired', 'forfeited', 'partner_payable', 'moved']) as k (kind)
where c.programme_id = %(programme_id)s
on conflict (programme_id, currency_id, kind) where member_id is null do nothing

-- name: open_member_accounts
-- For those who were members before a currency was added.
insert into loyalty.account (programme_id, currency_id, kind, member_id, customer_id, balance)
select c.programme_id, c.id, k.kind, m.id, m.customer_id, 0
from loyalty.currency c
join loyalty.member m on m.programme_id = c.programme_id
cross join unnest(array['pending', 'active', 'debt']) as k (kind)
where c.programme_id = %(programme_id)s
on conflict (member_id, currency_id, kind) where member_id is not null do nothing

-- name: last_year
-- What the orders of a span sum to, by currency.
select count(*) as orders, coalesce(sum(total_minor), 0)::bigint as total_minor,
    count(distinct customer_id) as customers
from orders.fact_order
where occurred_at >= %(start)s and occurred_at < %(end)s and currency = %(money)s
