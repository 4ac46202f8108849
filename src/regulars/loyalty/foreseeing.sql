-- name: would_pay
-- Which lots would pay an amount now, in the order in which they pay.
select s.lot_id, least(s.remaining, %(amount)s - (s.upto - s.remaining)) as amount, l.expires_at
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
cross join lateral loyalty.spendable(m.id, c.id, greatest(%(at)s, m.booked_at)) s
join loyalty.lot l on l.id = s.lot_id
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s and m.closed_at is null and s.upto - s.remaining < %(amount)s
order by s.upto

-- name: received
-- What a member was ever given, net of what was reversed: minus what stands on the programme's issued account, and
-- what came with merged profiles, less what left with them again.
select coalesce(-sum(e.amount), 0)::bigint
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
join loyalty.account a on a.currency_id = c.id and a.kind in ('issued', 'moved')
join loyalty.transfer t on t.member_id = m.id and t.currency_id = c.id
join loyalty.programme_entry e on e.transfer_id = t.id and e.account_id = a.id
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s

-- name: taken
-- What was taken from a member by hand, net of what was given back.
select coalesce(sum(e.amount), 0)::bigint
from loyalty.member m
join loyalty.currency c on c.programme_id = m.programme_id and c.code = %(currency)s
join loyalty.account a on a.currency_id = c.id and a.kind = 'forfeited'
join loyalty.transfer t on t.member_id = m.id and t.currency_id = c.id
join loyalty.programme_entry e on e.transfer_id = t.id and e.account_id = a.id
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s

-- name: posted
-- One transfer of a member or of a profile that was merged into them, and whether it was reversed.
select t.id, t.kind, t.amount, t.reason, t.booked_at, r.id as reversed_by,
    exists (select from loyalty.lot l where l.transfer_id = t.id) as gave
from loyalty.transfer t
join loyalty.member m on m.id = t.member_id
left join loyalty.member o on o.id = m.merged_into
left join only loyalty.transfer r on r.reverses = t.id
where t.programme_id = %(programme_id)s and t.id = %(transfer_id)s
    and coalesce(o.customer_id, m.customer_id) = %(customer_id)s
