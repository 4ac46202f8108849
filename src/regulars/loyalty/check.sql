-- name: trial_balance
-- The sum of every account kind of a programme and currency up to an instant; together they are zero.
select c.code as currency, a.kind as account, coalesce(sum(e.amount), 0)::bigint as amount
from loyalty.programme p
join loyalty.currency c on c.programme_id = p.id
join loyalty.account a on a.currency_id = c.id
left join loyalty.entry e on e.account_id = a.id and (%(at)s::timestamptz is null or e.booked_at <= %(at)s)
where p.key = %(key)s
group by c.id, c.code, a.kind order by c.id, a.kind

-- name: programme_keys
select key from loyalty.programme order by key

-- name: broken_transfers
-- Transfers whose entries do not sum to zero, or are fewer than two, or whose entries have no transfer. A reversal that
-- asked back what was not there has an amount of zero and no entries. Both entries of a simple spend are one row.
select coalesce(t.id, e.transfer_id) as id, coalesce(e.sum, 0)::bigint as wanted, coalesce(e.count, 0)::bigint as found
from only loyalty.transfer t
full join (select transfer_id, sum(amount) as sum, count(*) as count from loyalty.entry_row group by transfer_id) e
    on e.transfer_id = t.id
where t.id is null or (e.transfer_id is null and t.amount > 0) or e.sum <> 0 or e.count < 2
order by 1 limit %(limit)s

-- name: broken_spends
-- Simple spends that are not whole: taken from their member's account and lot, given to the programme's account of their
-- kind, under an even number that no other transfer has, and nothing but a spending.
select s.id, 4::bigint as wanted, w.found::bigint as found
from loyalty.simple_spend s
left join loyalty.account f on f.id = s.from_id and f.kind = 'active' and f.member_id = s.member_id
    and f.programme_id = s.programme_id and f.currency_id = s.currency_id
left join loyalty.account t on t.id = s.to_id and t.member_id is null
    and t.kind = case s.kind when 'spend' then 'redeemed' when 'adjust' then 'forfeited' end
    and t.programme_id = s.programme_id and t.currency_id = s.currency_id
left join loyalty.lot l on l.id = s.lot_id and l.member_id = s.member_id and l.currency_id = s.currency_id
left join only loyalty.transfer o on o.id = s.id
cross join lateral (
    select num_nonnulls(f.id, t.id, l.id) + case
        when o.id is null and s.id %% 2 = 0 and s.collected = 0
            and num_nonnulls(s.reverses, s.order_id, s.counterpart, s.claimed) = 0 then 1 else 0 end as found
) w
where w.found < 4
order by 1 limit %(limit)s

-- name: broken_accounts
-- Accounts of members whose balance is not the sum of their entries.
select a.id, coalesce(e.sum, 0)::bigint as wanted, a.balance as found
from loyalty.account a
left join (select account_id, sum(amount) as sum from loyalty.entry group by account_id) e on e.account_id = a.id
where a.member_id is not null and a.balance <> coalesce(e.sum, 0)
order by 1 limit %(limit)s

-- name: broken_chains
-- Entries of members whose balance after is not the balance before and the amount.
select e.id, e.wanted::bigint as wanted, e.balance_after as found
from (
    select e.id, e.balance_after, sum(e.amount) over (partition by e.account_id order by e.booked_at, e.id) as wanted
    from loyalty.entry e join loyalty.account a on a.id = e.account_id and a.member_id is not null
) e
where e.balance_after is distinct from e.wanted
order by 1 limit %(limit)s

-- name: broken_lots
-- Lots whose remainder is negative or not their amount and movements.
select l.id, (l.amount + coalesce(v.sum, 0) - coalesce(s.sum, 0))::bigint as wanted, l.remaining as found
from loyalty.lot l
left join (select lot_id, sum(amount) as sum from loyalty.lot_move_row group by lot_id) v on v.lot_id = l.id
left join (select lot_id, sum(amount) as sum from loyalty.simple_spend group by lot_id) s on s.lot_id = l.id
where l.remaining < 0 or l.remaining <> l.amount + coalesce(v.sum, 0) - coalesce(s.sum, 0)
order by 1 limit %(limit)s

-- name: broken_balances
-- Accounts whose balance is not what the member's lots hold.
select a.id, coalesce(l.sum, 0)::bigint as wanted, a.balance as found
from loyalty.account a
left join (
    select member_id, currency_id, pending, sum(remaining) as sum from loyalty.lot group by 1, 2, 3
) l on l.member_id = a.member_id and l.currency_id = a.currency_id and l.pending = (a.kind = 'pending')
where a.kind in ('pending', 'active') and a.balance <> coalesce(l.sum, 0)
order by 1 limit %(limit)s

-- name: broken_moves
-- Moves between members of which the other side is missing or says something else.
select t.id, t.amount as wanted, coalesce(o.amount, 0) as found
from only loyalty.transfer t
left join only loyalty.transfer o on o.id = t.counterpart
where t.counterpart is not null and (o.counterpart is distinct from t.id or o.amount <> t.amount)
order by 1 limit %(limit)s

-- name: broken_members
-- Members that are closed and still hold points or a debt.
select m.id, 0::bigint as wanted, sum(abs(a.balance))::bigint as found
from loyalty.member m join loyalty.account a on a.member_id = m.id
where m.closed_at is not null
group by m.id having sum(abs(a.balance)) > 0
order by 1 limit %(limit)s

-- name: broken_claims
-- Awards of which more was asked back than they gave, or more taken than was asked back.
select t.id, t.amount as wanted, c.claimed::bigint as found
from loyalty.transfer t
join (
    select r.reverses, sum(r.amount) as taken, sum(coalesce(r.claimed, case
        when o.kind in ('earn', 'adjust') and exists (select from loyalty.lot l where l.transfer_id = o.id) then o.amount
        else r.amount end)) as claimed
    from only loyalty.transfer r join loyalty.transfer o on o.id = r.reverses
    where r.kind = 'reversal' group by r.reverses
) c on c.reverses = t.id
where greatest(c.claimed, c.taken) > t.amount or c.claimed < 0
order by 1 limit %(limit)s

-- name: broken_holds
-- Holds that are captured without their spending, or with another one.
select h.id, h.captured as wanted, coalesce(t.amount, 0) as found
from loyalty.hold h
left join loyalty.transfer t on t.id = h.transfer_id and t.kind = 'spend'
where h.state = 'captured' and t.amount is distinct from h.captured
order by 1 limit %(limit)s

-- name: overheld
-- Members of whose points more is held than they, and those who share with them, have.
select m.id, (
    select coalesce(sum(a.balance), 0)::bigint from loyalty.account a
    where a.member_id = any (loyalty.pool(m.id)) and a.currency_id = h.currency_id and a.kind = 'active'
) as wanted, h.held::bigint as found
from (
    select h.member_id, h.currency_id, sum(h.amount) as held
    from loyalty.hold h join loyalty.member o on o.id = h.member_id
    where h.state = 'open' and h.expires_at > o.booked_at
    group by h.member_id, h.currency_id
) h
join loyalty.member m on m.id = h.member_id
where h.held > (
    select coalesce(sum(a.balance), 0) from loyalty.account a
    where a.member_id = any (loyalty.pool(m.id)) and a.currency_id = h.currency_id and a.kind = 'active'
)
order by 1 limit %(limit)s

-- name: broken_ends
-- Lots whose end is not what its latest change says.
select l.id, extract(epoch from c.expires_after)::bigint as wanted, extract(epoch from l.expires_at)::bigint as found
from loyalty.lot l
join (
    select distinct on (lot_id) lot_id, expires_after from loyalty.lot_change order by lot_id, id desc
) c on c.lot_id = l.id
where l.expires_at is distinct from greatest(c.expires_after, l.active_from + interval '1 microsecond')
order by 1 limit %(limit)s

-- name: booked_in_closed_books
-- Transfers that were booked, after the books were closed, before the instant up to which they were.
select t.id, extract(epoch from c.until)::bigint as wanted, extract(epoch from t.booked_at)::bigint as found
from loyalty.closing c
join loyalty.transfer t on t.programme_id = c.programme_id and t.booked_at < c.until and t.id > c.turn
order by 1 limit %(limit)s
