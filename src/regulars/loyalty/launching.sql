-- name: changed_scale
select code from loyalty.currency c join loyalty.programme p on p.id = c.programme_id
where p.key = %(key)s and c.code = %(code)s and c.scale <> %(scale)s

-- name: closed
-- Since when a programme that closed earns nothing.
select closing_at from loyalty.programme where key = %(key)s and closing_at <= %(at)s

-- name: save_programme
-- Its name, entity and zone are those of the version that holds for all, or of the first.
insert into loyalty.programme (key, name, legal_entity, zone, launched_at)
values (%(key)s, %(name)s, %(legal_entity)s, %(zone)s, %(at)s)
on conflict (key) do update set
    name = case when %(holds)s then excluded.name else programme.name end,
    legal_entity = case when %(holds)s then excluded.legal_entity else programme.legal_entity end,
    zone = case when %(holds)s then excluded.zone else programme.zone end
returning id

-- name: end_versions
-- Closes the versions in force at an instant, or only those that hold for some; what occurred before still earns by them.
update loyalty.programme_version v set live_until = %(at)s
from loyalty.programme p
where p.id = v.programme_id and p.key = %(key)s and v.live_until is null
    and (not %(only_rollouts)s or v.only_stores is not null or v.only_percent is not null)

-- name: begin_version
insert into loyalty.programme_version (programme_id, version, live_from, body, only_stores, only_percent)
values (%(programme_id)s, %(version)s, %(at)s, %(body)s, %(stores)s::text[], %(percent)s)

-- name: put_off_version
insert into loyalty.coming_version (programme_id, version, begins, body, only_stores, only_percent)
values (%(programme_id)s, %(version)s, %(begins)s, %(body)s, %(stores)s::text[], %(percent)s)

-- name: drop_coming
-- What was published to begin later and is superseded before it did.
delete from loyalty.coming_version c using loyalty.programme p
where p.id = c.programme_id and p.key = %(key)s

-- name: begun
-- What was to begin by an instant, the earliest first; taken out, since it begins now.
with taken as (
    delete from loyalty.coming_version c using loyalty.programme p
    where p.id = c.programme_id and c.begins <= %(at)s returning p.key, c.version, c.begins, c.body
)
select key, version, begins, body from taken order by begins, version

-- name: any_coming
select exists (select from loyalty.coming_version where begins <= %(at)s)

-- name: save_currency
-- A currency's scale never changes: amounts already booked would change their meaning.
insert into loyalty.currency (programme_id, code, name, scale)
values (%(programme_id)s, %(code)s, %(name)s, %(scale)s)
on conflict (programme_id, code) do update set name = excluded.name

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
