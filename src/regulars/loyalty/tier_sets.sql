-- name: kept
-- The tier sets of a programme as its versions left them, and what of each decides who is on which tier.
select key, names, thresholds, retired, to_jsonb(s) - array['turn', 'names', 'downgrade', 'grace_days', 'notice_days',
    'returns_demote', 'valid_days', 'valid_spans'] as decides
from loyalty.tier_set s where programme_id = %(programme_id)s

-- name: keep
-- Writes down one tier set of the version that begins; of a version that does not hold for all, only what is new.
insert into loyalty.tier_set (
    programme_id, key, turn, names, thresholds, counts, currency_id, money, event, span, span_days, span_months,
    span_trait, valid_days, valid_spans, downgrade, at_once, grace_days, notice_days, returns_demote, zone)
values (
    %(programme_id)s, %(key)s, %(turn)s, %(names)s, %(thresholds)s::bigint[], %(counts)s,
    (select c.id from loyalty.currency c where c.programme_id = %(programme_id)s and c.code = %(currency)s),
    %(money)s, %(event)s, %(span)s, %(span_days)s, %(span_months)s, %(span_trait)s, %(valid_days)s, %(valid_spans)s,
    %(downgrade)s, %(at_once)s, %(grace_days)s, %(notice_days)s, %(returns_demote)s, %(zone)s)
on conflict (programme_id, key) do update set
    turn = excluded.turn, names = excluded.names, thresholds = excluded.thresholds, counts = excluded.counts,
    currency_id = excluded.currency_id, money = excluded.money, event = excluded.event, span = excluded.span,
    span_days = excluded.span_days, span_months = excluded.span_months, span_trait = excluded.span_trait,
    valid_days = excluded.valid_days, valid_spans = excluded.valid_spans, downgrade = excluded.downgrade,
    at_once = excluded.at_once, grace_days = excluded.grace_days, notice_days = excluded.notice_days,
    returns_demote = excluded.returns_demote, zone = excluded.zone, retired = false
where not %(only_new)s

-- name: retire
-- Sets that the newest version has no more: nobody moves in them.
update loyalty.tier_set set retired = true
where programme_id = %(programme_id)s and not (key = any (%(keys)s::text[])) and not retired

-- name: place
-- Members from before a set was added begin on its first tier.
insert into loyalty.member_tier (member_id, programme_id, customer_id, tier_set, tier, since, closed)
select m.id, m.programme_id, m.customer_id, %(tier_set)s, 1, %(at)s, m.closed_at is not null
from loyalty.member m where m.programme_id = %(programme_id)s
on conflict (member_id, tier_set) do nothing

-- name: renumber
-- Members keep the tier they have by its name, wherever it stands now, and so does what is known of before:
-- map[number before] is its number now.
with placed as (
    update loyalty.member_tier mt set tier = coalesce((%(map)s::int[])[mt.tier], mt.tier),
        own_tier = coalesce((%(map)s::int[])[mt.own_tier], mt.own_tier),
        kept_tier = coalesce((%(map)s::int[])[mt.kept_tier], mt.kept_tier),
        own_kept_tier = coalesce((%(map)s::int[])[mt.own_kept_tier], mt.own_kept_tier),
        next_tier = coalesce((%(map)s::int[])[mt.next_tier], mt.next_tier)
    where mt.programme_id = %(programme_id)s and mt.tier_set = %(tier_set)s
)
update loyalty.tier_change c set tier_before = coalesce((%(map)s::int[])[c.tier_before], c.tier_before),
    tier_after = coalesce((%(map)s::int[])[c.tier_after], c.tier_after)
where c.programme_id = %(programme_id)s and c.tier_set = %(tier_set)s

-- name: qualify
-- Lifts who qualifies now; lowers who does not only when that is asked for.
select lifted, lowered from loyalty.qualify(%(programme_id)s, %(tier_set)s, %(at)s, %(lower)s)
