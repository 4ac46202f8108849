-- name: counted_since
-- From when on it is known who stood in which stage of an approach.
select min(size.at)
from segments.size
inner join segments.segment using (segment_id)
inner join segments.approach on segment.approach_id = approach.approach_id
where approach.approach_key = %(key)s

-- name: stood
-- In which stage each person stood at an instant, by its place, as it was seen then; of merged profiles the better.
select coalesce(person.person_id, membership.customer_id) as customer_id, min(segment.stage_place) as place
from segments.membership
inner join segments.segment using (segment_id)
inner join segments.approach on segment.approach_id = approach.approach_id
left join customers.fact_person as person on person.customer_id = membership.customer_id
where
    approach.approach_key = %(key)s and segment.stage_place is not null
    and membership.entered_at <= %(instant)s and (membership.left_at is null or membership.left_at > %(instant)s)
group by 1

-- name: scored
-- In which stage each person stands whose group was this at an instant; without a score, in the last.
select
    customer.customer_id,
    coalesce(
        (select min(stage.place) from unnest(%(groups)s::text[], %(places)s::integer[]) as stage (group_key, place)
        where stage.group_key = score.group_key), %(last)s
    ) as place
from customers.fact_customer as customer
left join segments.fact_score as score
    on score.customer_id = customer.customer_id and score.scoring_key = %(scoring)s
    and score.since <= %(instant)s and (score.until is null or score.until > %(instant)s)
where customer.first_seen_at <= %(instant)s

-- name: currency
-- The currency of most of the orders since an instant.
select currency from orders.fact_order
where occurred_at >= %(since)s and occurred_at < %(at)s and status <> 'cancelled'
group by currency order by count(*) desc, currency limit 1

-- name: last_counted
select max(at) from segments.approach_figure

-- name: forget_figures
delete from segments.approach_figure where not approach_key = any(%(keys)s)

-- name: forget_stages
delete from segments.approach_figure where approach_key = %(key)s

-- name: put_stage
insert into segments.approach_figure
    (approach_key, stage, place, at, days, currency, customers, buyers, value_minor, known_before,
    customers_before, value_after_minor, square_after)
values
    (%(key)s, %(stage)s, %(place)s, %(at)s, %(days)s, %(currency)s, %(customers)s, %(buyers)s, %(value_minor)s,
    %(known_before)s, %(customers_before)s, %(value_after_minor)s, %(square_after)s)

-- name: figures
select
    approach_key, stage, place, at, days, currency, customers, buyers, value_minor, known_before,
    customers_before, value_after_minor, square_after
from segments.approach_figure
where %(key)s::text is null or approach_key = %(key)s
order by approach_key, place
