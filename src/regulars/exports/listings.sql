-- name: customers
-- Every person with where they stand, the newest first; one who spent in several currencies with that of most orders.
-- Each of the laterals is by index.
select
    customer.customer_id, customer.user_id, customer.name, customer.email, customer.phone, stay.stage,
    stay.entered_at as stage_since, member.tier, member.active_points as points, coalesce(total.orders, 0) as orders,
    spent.minor as spent, spent.currency, total.last_at as last_order_at, customer.created_at,
    customer.first_seen_at, customer.last_seen_at, customer.test, customer.traits
from customers.fact_customer as customer
left join lateral (
    select stage, entered_at from segments.fact_membership
    where customer_id = customer.customer_id and approach_key = %(approach)s and left_at is null
    limit 1
) as stay on true
left join lateral (
    select tier, active_points, joined_at from loyalty.fact_member
    where customer_id = customer.customer_id and programme = %(programme)s
    limit 1
) as member on true
left join orders.fact_customer_total as total on total.customer_id = customer.customer_id
left join lateral (
    select currency, sum(net_minor)::bigint as minor from orders.fact_order
    where customer_id = customer.customer_id and status <> 'cancelled'
    group by currency
    order by count(*) desc, currency
    limit 1
) as spent on true
where
    (%(ids)s::bigint[] is null or customer.customer_id = any(%(ids)s))
    and (%(stage)s::text is null or stay.stage = %(stage)s)
    and (%(tier)s::text is null or member.tier = %(tier)s)
    and (%(joined_since)s::timestamptz is null or member.joined_at >= %(joined_since)s)
order by customer.customer_id desc

-- name: approach
-- The lifecycle if it is there, else the first.
select approach_key from segments.fact_membership
where approach_key is not null and left_at is null
group by approach_key
order by approach_key <> 'lifecycle', approach_key
limit 1

-- name: programme
-- The one of most members.
select programme from loyalty.fact_member group by programme order by count(*) desc, programme limit 1

-- name: segment_members
-- Who is in a segment now, the newest first.
select
    stay.customer_id, person.user_id, person.name, person.email, person.phone, stay.segment_key, stay.approach_key,
    stay.stage, stay.entered_at
from segments.fact_membership as stay
inner join customers.fact_customer as person using (customer_id)
where stay.segment_key = %(segment)s and stay.left_at is null
order by stay.entered_at desc, stay.customer_id desc

-- name: segment_moves
-- Every stay of a segment, also those that ended.
select stay.customer_id, stay.segment_key, stay.approach_key, stay.stage, stay.entered_at, stay.left_at
from segments.fact_membership as stay
where
    (%(segment)s::text is null or stay.segment_key = %(segment)s)
    and (%(since)s::timestamptz is null or stay.entered_at >= %(since)s or stay.left_at >= %(since)s)
order by stay.entered_at, stay.segment_key, stay.customer_id

-- name: list_entries
-- Who stands on lists, by list and customer; of two profiles of one person the one put there first.
select
    person.customer_id, person.user_id, person.name, person.email, person.phone, entry.segment_key,
    min(entry.added_at) as added_at,
    case when count(*) = count(entry.until) then max(entry.until) end as until
from segments.fact_list_entry as entry
inner join customers.fact_person as known on entry.atom_id = known.customer_id
inner join customers.fact_customer as person on known.person_id = person.customer_id
where %(list)s::text is null or entry.segment_key = %(list)s
group by person.customer_id, person.user_id, person.name, person.email, person.phone, entry.segment_key
order by entry.segment_key, person.customer_id

-- name: consents
-- What was given and withdrawn, in the order of arrival.
select
    customer_id, channel, topic, given, basis, source, wording, occurred_at, position
from customers.fact_consent
where
    (%(channel)s::text is null or channel = %(channel)s)
    and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or occurred_at < %(until)s)
    and (%(after)s::bigint is null or position > %(after)s)
    and (%(to)s::bigint is null or position <= %(to)s)
order by position, channel, topic

-- name: consents_top
select coalesce(max(position), 0)::bigint from customers.fact_consent

-- name: traits
-- What was told of each trait, with where it comes from.
select customer_id, name, value, occurred_at, source, origin, expires_at, stands, fits
from customers.fact_told
where
    (%(name)s::text is null or name = %(name)s)
    and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or occurred_at < %(until)s)
order by customer_id, name, occurred_at, position

-- name: groups
select type, key, name, traits, first_seen_at, last_seen_at
from customers.fact_group
where %(group_type)s::text is null or type = %(group_type)s
order by type, key

-- name: group_members
select circle.type, circle.key, circle.name, member.customer_id, member.since
from customers.fact_group_member as member
inner join customers.fact_group as circle using (group_id)
where %(group_type)s::text is null or circle.type = %(group_type)s
order by circle.type, circle.key, member.customer_id

-- name: orders
-- The latest first.
select
    order_id, order_key, customer_id, occurred_at, booked_at, status, store, currency, total_minor as total,
    discount_minor as discount, subtotal_minor as subtotal, shipping_minor as shipping, tax_minor as tax,
    refunded_minor as refunded, net_minor as net, line_count as lines, coupon, source, cancelled_at, history
from orders.fact_order
where
    (%(q)s::text is null or order_key = %(q)s)
    and (%(status)s::text is null or status = %(status)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(store)s::text is null or store = %(store)s)
    and (%(since)s::timestamptz is null or occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or occurred_at < %(until)s)
    and (%(after)s::bigint is null or order_key in (
        select order_key from orders.fact_sighting where position > %(after)s and position <= %(to)s
    ))
order by occurred_at desc, order_id desc

-- name: orders_top
-- What changes an order is seen by one reader, in the order of positions.
select coalesce(max(position), 0)::bigint from orders.fact_sighting

-- name: order_lines
select
    line.order_id, bought.order_key, line.customer_id, line.occurred_at, line.line, line.line_key, line.product_key,
    product.name as product, line.variant, line.quantity, line.currency, line.total_minor as total,
    line.discount_minor as discount, line.refunded_quantity, line.refunded_minor as refunded, line.net_minor as net,
    line.status
from orders.fact_line as line
inner join orders.fact_order as bought on bought.order_id = line.order_id
left join orders.fact_product as product on product.product_id = line.product_id
where
    (%(status)s::text is null or line.status = %(status)s)
    and (%(source)s::text is null or bought.source = %(source)s)
    and (%(store)s::text is null or bought.store = %(store)s)
    and (%(since)s::timestamptz is null or line.occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or line.occurred_at < %(until)s)
    and (%(after)s::bigint is null or bought.order_key in (
        select order_key from orders.fact_sighting where position > %(after)s and position <= %(to)s
    ))
order by line.occurred_at desc, line.order_id desc, line.line

-- name: refunds
select
    order_key, customer_id, refund_key, occurred_at, currency, told_minor as told, refunded_minor as refunded, source,
    history
from orders.fact_refund
where
    (%(since)s::timestamptz is null or occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or occurred_at < %(until)s)
order by occurred_at desc, order_key, refund_key

-- name: products
select
    product_key, name, department, category, array_to_json(category_path)::jsonb as category_path, brand, currency,
    price_minor as price, stock, active, variant_of, url, image_url, attributes
from orders.fact_product
where
    (%(department)s::text is null or department = %(department)s)
    and (%(category)s::text is null or category = %(category)s)
    and (%(active)s::boolean is null or active = %(active)s)
order by product_key

-- name: stores
select store_key, name, address, city, postcode, country, zone, latitude, longitude, opened_on, closed_on
from orders.fact_store
order by store_key

-- name: members
-- The members of a programme, the first to join first.
select
    member.programme, member.customer_id, person.user_id, person.name, person.email, person.phone, member.joined_at,
    member.tier_set, member.tier, member.tier_since, member.currency, member.active_points, member.pending_points,
    member.owed_points, member.last_posted_at
from loyalty.fact_member as member
left join customers.fact_customer as person using (customer_id)
where
    (%(programme)s::text is null or member.programme = %(programme)s)
    and (%(tier)s::text is null or member.tier = %(tier)s)
order by member.programme, member.joined_at, member.customer_id

-- name: ledger
-- The transfers of a programme as they were booked.
select
    transfer_id, programme, customer_id, kind, amount, currency, booked_at, occurred_at, rule, version, order_id,
    reverses, reason
from loyalty.fact_transfer
where
    (%(programme)s::text is null or programme = %(programme)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(since)s::timestamptz is null or booked_at >= %(since)s)
    and (%(until)s::timestamptz is null or booked_at < %(until)s)
order by transfer_id

-- name: messages
-- The send ledger: what was, or would have been, sent to whom, and what became of it.
select
    send_id, source_kind, source_key, source_version, step, channel, template_key, template_version, customer_id, arm,
    state, reason, queued_at, decided_at, resolved_at
from messaging.fact_send
where
    (%(source)s::text is null or source_key = %(source)s)
    and (%(state)s::text is null or state = %(state)s)
    and (%(since)s::timestamptz is null or queued_at >= %(since)s)
    and (%(until)s::timestamptz is null or queued_at < %(until)s)
order by send_id

-- name: reactions
-- What came back of messages, in order.
select
    send_id, customer_id, source_kind, source_key, channel, template_key, kind, machine, signal, hard, link, detail, at
from messaging.fact_reaction
where
    (%(source)s::text is null or source_key = %(source)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(since)s::timestamptz is null or at >= %(since)s)
    and (%(until)s::timestamptz is null or at < %(until)s)
order by reaction_id

-- name: campaign_people
-- Everybody a campaign drew, with the arm and whether they did what it was for.
select
    member.campaign, member.version, member.run_id, member.customer_id, person.user_id, person.name, member.arm,
    member.entered_at, member.window_ends_at, member.converted_at, member.counted
from campaigns.fact_member as member
left join customers.fact_customer as person using (customer_id)
where %(campaign)s::text is null or member.campaign = %(campaign)s
order by member.campaign, member.run_id, member.entered_at, member.customer_id

-- name: experiment_arms
select experiment, customer_id, arm, assigned_at
from experiments.fact_assignment
where %(experiment)s::text is null or experiment = %(experiment)s
order by experiment, assigned_at, customer_id

-- name: events
-- The events that PostgreSQL holds all of, in their order.
select
    event.position, event.booked_at, event.occurred_at, event.received_at, event.message_id, event.source, event.type,
    event.name, person.person_id as customer_id, event.user_id, event.anonymous_id, event.properties, event.context,
    event.history
from log.fact_event as event
left join customers.fact_person as person using (customer_id)
where
    (%(source)s::text is null or event.source = %(source)s)
    and (%(name)s::text is null or event.name = %(name)s)
    and (%(since)s::timestamptz is null or event.occurred_at >= %(since)s)
    and (%(until)s::timestamptz is null or event.occurred_at < %(until)s)
    and (%(after)s::bigint is null or event.position > %(after)s)
    and (%(to)s::bigint is null or event.position <= %(to)s)
order by event.position

-- name: events_top
select coalesce(max(position), 0)::bigint from log.fact_event

-- name: planned
-- What events were seen to hold, whether planned or not.
select source, name, property, json_type, first_seen, last_seen, volume, unplanned
from events.fact_discovered
where %(source)s::text is null or source = %(source)s
order by source, name, property, json_type

-- name: rejects
-- What could not be used, without the payloads.
select
    reject_id, rejected_at, last_at, times, source, stage, code, path, reason, message_id, state, settled_at
from log.fact_reject
where
    (%(state)s::text is null or state = %(state)s)
    and (%(source)s::text is null or source = %(source)s)
    and (%(code)s::text is null or code = %(code)s)
order by reject_id

-- name: imports
select import_id, state, name, kind, what, rows, accepted, bad, created_at, finished_at
from imports.fact_import
order by import_id desc

-- name: made
-- What was exported before, without what it held.
select
    run_id, export_key, listing, title, format, contacts, place, asked_name, requested_at, state, rows, bytes,
    delivered_at, finished_at
from exports.fact_run
order by run_id desc

-- name: voucher_codes
select code_id, pool, code, state, customer_id, made_at, issued_at, starts_at, expires_at, used, uses_most, reserved,
    currency, loaded_minor, balance_minor
from offers.fact_voucher
where (%(pool)s::text is null or pool = %(pool)s) and (%(state)s::text is null or state = %(state)s)
order by code_id

-- name: rewards
select reward, name, programme, version, points, fulfilment, pool, stock, cost, money, ended_at
from rewards.fact_reward
where %(programme)s::text is null or programme = %(programme)s
order by programme, points, reward

-- name: redemptions
select redemption_id, programme, reward, customer_id, state, points, currency, code_id, cost_currency, cost_minor,
    automatic, redeemed_at, changed_at
from rewards.fact_redemption
where (%(programme)s::text is null or programme = %(programme)s)
    and (%(reward)s::text is null or reward = %(reward)s) and (%(state)s::text is null or state = %(state)s)
    and (%(since)s::timestamptz is null or redeemed_at >= %(since)s)
    and (%(until)s::timestamptz is null or redeemed_at < %(until)s)
order by redemption_id
