-- Why: what conditions measure of loyalty: tiers, balances, lots that expire, transfers.
-- On 10M rows: an index over loyalty.transfer, about 15 s; the rest is views.
-- Undo: drop the views and the index made here; create loyalty.fact_transfer again as in 0026.

-- What somebody did with points is looked up by the profile whose doing it was.
create index transfer_of_profile on loyalty.transfer (customer_id, occurred_at);

create view loyalty.fact_tier as
select
    m.customer_id, p.key as programme, mt.tier_set,
    coalesce(v.body #>> array['tier_set', 'tiers', (mt.tier - 1)::text, 'name'], mt.tier::text) as tier,
    mt.tier as tier_number, mt.since
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join lateral (select body from loyalty.programme_version v where v.programme_id = p.id order by version desc limit 1) v
    on true
join loyalty.member_tier mt on mt.member_id = m.id and not mt.closed
where m.closed_at is null;

-- In points as people read them: 1234 of a currency with two decimals is 12.34.
create view loyalty.fact_balance as
select
    m.customer_id, p.key as programme, c.code as currency,
    act.balance / 10.0::double precision ^ c.scale as active,
    pen.balance / 10.0::double precision ^ c.scale as pending,
    -deb.balance / 10.0::double precision ^ c.scale as owed
from loyalty.member m
join loyalty.programme p on p.id = m.programme_id
join loyalty.currency c on c.programme_id = p.id
join loyalty.account act on act.member_id = m.id and act.currency_id = c.id and act.kind = 'active'
join loyalty.account pen on pen.member_id = m.id and pen.currency_id = c.id and pen.kind = 'pending'
join loyalty.account deb on deb.member_id = m.id and deb.currency_id = c.id and deb.kind = 'debt'
where m.closed_at is null;

-- What is left of a lot that ends some time, by the profile that earned it.
create view loyalty.fact_lot as
select
    lot.customer_id as atom_id, p.key as programme, c.code as currency, lot.earned_at, lot.active_from, lot.expires_at,
    lot.pending, lot.remaining / 10.0::double precision ^ c.scale as remaining
from loyalty.lot
join loyalty.programme p on p.id = lot.programme_id
join loyalty.currency c on c.id = lot.currency_id
where lot.remaining > 0 and lot.expires_at is not null;

create or replace view loyalty.fact_transfer as
select t.id as transfer_id, coalesce(w.person_id, t.customer_id) as customer_id, p.key as programme,
    c.code as currency, t.kind, t.amount, t.booked_at, t.occurred_at, t.reverses, t.order_id, t.rule, t.version, t.reason,
    t.customer_id as atom_id, t.amount / 10.0::double precision ^ c.scale as points
from loyalty.transfer t
join loyalty.programme p on p.id = t.programme_id
join loyalty.currency c on c.id = t.currency_id
left join customers.fact_person w on w.customer_id = t.customer_id;
