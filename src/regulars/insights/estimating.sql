-- name: newer
-- Whether a later estimate of the same editing has come already.
select exists (
    select from pg_stat_activity
    where
        datname = current_database() and starts_with(application_name, %(name)s)
        and case when substr(application_name, length(%(name)s) + 1) ~ '^[0-9]+$'
            then substr(application_name, length(%(name)s) + 1)::bigint end > %(turn)s
)

-- name: cancel_older
-- Cancel the estimates of the same editing that this one replaces; each has a connection of its own, which nothing else
-- ever uses.
select count(pg_cancel_backend(pid))
from pg_stat_activity
where
    datname = current_database() and starts_with(application_name, %(name)s) and pid <> pg_backend_pid()
    and case when substr(application_name, length(%(name)s) + 1) ~ '^[0-9]+$'
        then substr(application_name, length(%(name)s) + 1)::bigint end <= %(turn)s

-- name: some_people
-- Of some numbers, those that are people.
select customer_id from customers.fact_customer where customer_id = any(%(drawn)s) order by customer_id

-- name: count_people
-- How many of those asked match, can be reached, come and go against who is in now, and some of them: one statement, so
-- that cancelling it cancels everything.
with answer as materialized ({answer}),

matched as materialized (select customer_id from answer where c0),

present as (
    select customer_id from segments.fact_membership where segment_key = %(key)s and left_at is null
),

limited as materialized ({limited}),

reached as (
    select
        fact.channel, count(*) as people,
        count(distinct case fact.channel when 'email' then person.email_folded else person.phone end) as addresses,
        count(distinct case fact.channel when 'email' then person.email_folded else person.phone end)
            filter (where limited.customer_id is null) as left_after_caps
    from ({reach}) as fact
    inner join matched using (customer_id)
    inner join customers.fact_customer as person using (customer_id)
    left join limited on limited.customer_id = fact.customer_id and limited.medium = fact.channel
    where fact.at < %(at)s{only}
    group by fact.channel
)

select
    (select count(*) from answer) as people,
    (select count(*) from matched) as matching,
    (select count(*) from matched where customer_id not in (select customer_id from present)) as entering,
    (select count(*) from answer where not c0 and customer_id in (select customer_id from present)) as leaving,
    array(select customer_id from matched order by hashint8(customer_id), customer_id limit {shown}) as sample,
    array(select channel from reached order by channel) as channels,
    array(select people from reached order by channel) as reached,
    array(select addresses from reached order by channel) as addresses,
    array(select left_after_caps from reached order by channel) as left_after_caps
