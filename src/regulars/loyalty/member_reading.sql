-- name: membership
select m.id as member_id from loyalty.member m
where m.programme_id = %(programme_id)s and m.customer_id = %(customer_id)s and m.closed_at is null

-- name: tiers_held
-- The tier a member held in each set when something occurs at an instant, by name.
select t.key as tier_set, t.names[loyalty.tier_at(%(member_id)s, t.key, %(at)s)] as name
from loyalty.tier_set t where t.programme_id = %(programme_id)s and not t.retired

-- name: can_spend
select c.code as currency, coalesce((
    select sum(s.remaining) from loyalty.spendable(%(member_id)s, c.id, %(at)s) s), 0)::bigint as points
from loyalty.currency c where c.programme_id = %(programme_id)s

-- name: carried_over
-- What rounding down left of the last orders, by rule.
select rule, numerator::text, denominator::text from loyalty.carry
where programme_id = %(programme_id)s and customer_id = %(customer_id)s

-- name: earned_before
-- What caps of calendar spans count of a person already, net of returns; a rule '' is every rule of the currency.
select cap.n::int, coalesce(sum(coalesce(award.stands, earlier.amount)), 0)::bigint as points
from unnest(%(rules)s::text[], %(currencies)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    with ordinality as cap (rule, currency, starts, ends, n)
join loyalty.currency c on c.programme_id = %(programme_id)s and c.code = cap.currency
join only loyalty.transfer earlier on earlier.currency_id = c.id and earlier.kind = 'earn'
    and earlier.customer_id = any(
        array(select p.customer_id from customers.fact_person p where p.person_id = %(customer_id)s)
        || %(customer_id)s::bigint)
    and (cap.rule = '' or earlier.rule = cap.rule)
    and earlier.occurred_at >= cap.starts and earlier.occurred_at < cap.ends
left join loyalty.award on award.transfer_id = earlier.id
where not exists (
    select from only loyalty.transfer undone
    where undone.reverses = earlier.id and undone.kind = 'reversal' and undone.actor is not null)
    and award.restores is null
group by cap.n

-- name: given_by_rules
-- What rules with a budget gave to everybody, net of returns.
select r.rule, coalesce(g.points, (
    select sum(coalesce(award.stands, t.amount)) from only loyalty.transfer t
    left join loyalty.award on award.transfer_id = t.id
    where t.programme_id = %(programme_id)s and t.rule = r.rule and t.kind = 'earn'
        and award.restores is null), 0)::bigint as points
from unnest(%(rules)s::text[]) as r (rule)
left join loyalty.given g on g.programme_id = %(programme_id)s and g.rule = r.rule
