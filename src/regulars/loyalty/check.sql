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
-- Transfers whose entries do not sum to zero, or are fewer than two, or whose entries have no transfer.
select coalesce(t.id, e.transfer_id) as id, coalesce(e.sum, 0)::bigint as wanted, coalesce(e.count, 0)::bigint as found
from loyalty.transfer t
full join (select transfer_id, sum(amount) as sum, count(*) as count from loyalty.entry group by transfer_id) e
    on e.transfer_id = t.id
where t.id is null or e.transfer_id is null or e.sum <> 0 or e.count < 2
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
select l.id, (l.amount + coalesce(v.sum, 0))::bigint as wanted, l.remaining as found
from loyalty.lot l
left join (select lot_id, sum(amount) as sum from loyalty.lot_move group by lot_id) v on v.lot_id = l.id
where l.remaining < 0 or l.remaining <> l.amount + coalesce(v.sum, 0)
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
from loyalty.transfer t
left join loyalty.transfer o on o.id = t.counterpart
where t.counterpart is not null and (o.counterpart is distinct from t.id or o.amount <> t.amount)
order by 1 limit %(limit)s

-- name: broken_members
-- Members that are closed and still hold points or a debt.
select m.id, 0::bigint as wanted, sum(abs(a.balance))::bigint as found
from loyalty.member m join loyalty.account a on a.member_id = m.id
where m.closed_at is not null
group by m.id having sum(abs(a.balance)) > 0
order by 1 limit %(limit)s
