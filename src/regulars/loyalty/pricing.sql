-- name: ordered_items
-- Orders or events that a rule means, as rows; what hangs on the lines is asked in the database.
select item.*
from unnest(
    %(orders)s::bigint[], %(customers)s::bigint[], %(atoms)s::bigint[], %(positions)s::bigint[],
    %(occurred)s::timestamptz[], %(booked)s::timestamptz[], %(active)s::timestamptz[], %(expires)s::timestamptz[],
    %(totals)s::bigint[], %(bare)s::boolean[], %(figures)s::bigint[], %(factors)s::int[], %(own)s::text[],
    %(earned)s::boolean[]
) as item (
    order_id, customer_id, atom_id, position, occurred_at, booked_at, active_from, expires_at, total_minor, bare,
    figure, factor, own, earned
)

-- name: covered_lines
-- What earlier awards of the rule have priced of each line, for whom the order still belongs to.
select
    earlier.order_id, part.line_key, sum(part.minor)::bigint as minor,
    sum(coalesce(part.figure, part.minor))::bigint as figure
from ordered
inner join only loyalty.transfer as earlier on earlier.order_id = ordered.order_id and earlier.kind = 'earn'
inner join loyalty.award on award.transfer_id = earlier.id
left join customers.fact_person as person on person.customer_id = earlier.customer_id
cross join lateral unnest(award.line_keys, award.minors, award.figures) as part (line_key, minor, figure)
where
    ordered.earned and earlier.programme_id = %(programme_id)s and earlier.rule = %(rule)s
    and coalesce(person.person_id, earlier.customer_id) = ordered.customer_id
group by earlier.order_id, part.line_key

-- name: plain_lines
-- All lines count, and all lines of an order by one factor.
select ordered.order_id, line.line, line.line_key, line.total_minor as minor, line.quantity, ordered.factor
from ordered
inner join orders.fact_line as line on line.order_id = ordered.order_id
where not ordered.bare
union all
select ordered.order_id, 1, '', ordered.total_minor, null, ordered.factor
from ordered
where ordered.bare

-- name: chosen_lines
-- The lines that the rule means, each by its own factor.
with based as (
    select
        ordered.order_id, ordered.factor, ordered.own, line.line, line.line_key, line.total_minor as minor,
        line.quantity, line.product_key as product, coalesce(product.brand, '') as brand,
        coalesce(product.category_path, '{}') || product.category || product.department as names
    from ordered
    inner join orders.fact_line as line on line.order_id = ordered.order_id
    inner join orders.fact_product as product on product.product_id = line.product_id
    where not ordered.bare
    union all
    select
        ordered.order_id, ordered.factor, ordered.own, 1, '', ordered.total_minor, null, '', '', '{}'
    from ordered
    where ordered.bare
),

meant as (
    select *
    from based
    where
        (cardinality(%(products)s::text[]) = 0 or product = any(%(products)s::text[]))
        and (cardinality(%(categories)s::text[]) = 0 or names && %(categories)s::text[])
        and (cardinality(%(brands)s::text[]) = 0 or brand = any(%(brands)s::text[]))
        and product <> all(%(not_products)s::text[])
        and not names && %(not_categories)s::text[]
        and brand <> all(%(not_brands)s::text[])
        and product <> all(%(out_products)s::text[])
        and not names && %(out_categories)s::text[]
        and brand <> all(%(out_brands)s::text[])
),

multiplied as (
    select meant.order_id, meant.line, array_agg(multiplier.factor order by multiplier.n) as factors
    from meant
    inner join unnest(%(applied_orders)s::bigint[], %(applied)s::int[]) as applies (order_id, n)
        on applies.order_id = meant.order_id
    inner join jsonb_to_recordset(%(multipliers)s::jsonb) as multiplier (
        n int, factor int, products text[], categories text[], brands text[],
        not_products text[], not_categories text[], not_brands text[]
    ) on multiplier.n = applies.n
    where
        (cardinality(multiplier.products) = 0 or meant.product = any(multiplier.products))
        and (cardinality(multiplier.categories) = 0 or meant.names && multiplier.categories)
        and (cardinality(multiplier.brands) = 0 or meant.brand = any(multiplier.brands))
        and meant.product <> all(multiplier.not_products)
        and not meant.names && multiplier.not_categories
        and meant.brand <> all(multiplier.not_brands)
    group by meant.order_id, meant.line
)

select
    meant.order_id, meant.line, meant.line_key, meant.minor, meant.quantity,
    case
        when multiplied.factors is null then meant.factor
        else loyalty.combined(meant.own::int[] || multiplied.factors, %(combined)s)
    end as factor
from meant
left join multiplied using (order_id, line)

-- name: figured_money
select line.*, line.minor - coalesce(covered.minor, 0) as figure, line.minor - coalesce(covered.minor, 0) as own_minor
from line
left join covered using (order_id, line_key)

-- name: figured_quantity
-- In thousandths; what tells none is one.
select
    line.*, round(coalesce(line.quantity, 1) * 1000)::bigint - coalesce(covered.figure, 0) as figure,
    line.minor - coalesce(covered.minor, 0) as own_minor
from line
left join covered using (order_id, line_key)

-- name: figured_lines
select line.*, 1000::bigint as figure, line.minor as own_minor
from line
left join covered using (order_id, line_key)
where covered.line_key is null

-- name: figured_orders
-- The order's one is spread over its lines by money, by largest remainder; all without money: evenly.
with weighed as (
    select line.*, greatest(line.minor, 0)::numeric as weight, sum(greatest(line.minor, 0)) over of_order as weights,
        count(*) over of_order as lines
    from line
    where not exists (select from covered where covered.order_id = line.order_id)
    window of_order as (partition by line.order_id)
),

shared as (
    select *, case when weights = 0 then 1000::numeric else 1000 * weight end as share,
        case when weights = 0 then lines::numeric else weights end as shares
    from weighed
),

floored as (
    select *, div(share, shares) as whole,
        row_number() over (partition by order_id order by mod(share, shares) desc, line) as turn,
        sum(div(share, shares)) over (partition by order_id) as wholes
    from shared
)

select
    order_id, line, line_key, minor, quantity, factor,
    (whole + case when turn <= 1000 - wholes then 1 else 0 end)::bigint as figure, minor as own_minor
from floored

-- name: figured_events
select line.*, ordered.figure, 0::bigint as own_minor
from line
inner join ordered using (order_id)

-- name: by_line
-- Each line is rounded.
select
    order_id, line, line_key, own_minor, figure, factor,
    loyalty.rounded(figure::numeric * %(points)s * factor, %(per)s::numeric, %(rounding)s) as points,
    null::numeric as left_over, null::numeric as left_over_of
from figured
where figure > 0 and factor > 0

-- name: by_order
-- The sum is rounded and spread: each line its floor, and one more by largest remainder.
with exact as (
    select *, figure::numeric * %(points)s * factor as numerator
    from figured
    where figure > 0 and factor > 0
),

floored as (
    select *, div(numerator, %(per)s::numeric) as whole,
        row_number() over (partition by order_id order by mod(numerator, %(per)s::numeric) desc, line) as turn,
        sum(mod(numerator, %(per)s::numeric)) over of_order as remainder,
        sum(div(numerator, %(per)s::numeric)) over of_order as wholes
    from exact
    window of_order as (partition by order_id)
)

select
    order_id, line, line_key, own_minor, figure, factor,
    (
        whole + case
            when turn <= loyalty.rounded(wholes * %(per)s + remainder, %(per)s::numeric, %(rounding)s) - wholes then 1
            else 0
        end
    )::bigint as points,
    null::numeric as left_over, null::numeric as left_over_of
from floored

-- name: by_order_money
-- The same where no product is beyond a bigint.
with exact as (
    select *, figure * (%(points)s::bigint * factor) as numerator
    from figured
    where figure > 0 and factor > 0
),

floored as (
    select *, numerator / %(per)s::bigint as whole,
        row_number() over (partition by order_id order by numerator %% %(per)s::bigint desc, line) as turn,
        sum(numerator %% %(per)s::bigint) over (partition by order_id)::bigint as remainder,
        sum(numerator / %(per)s::bigint) over (partition by order_id)::bigint as wholes
    from exact
)

select
    order_id, line, line_key, own_minor, figure, factor,
    whole + case
        -- Half to even asks the whole number before; the others ask the remainder alone.
        when turn <= case %(rounding)s
            when 'floor' then remainder / %(per)s::bigint
            when 'ceiling' then (remainder + %(per)s::bigint - 1) / %(per)s::bigint
            when 'half_up' then (2 * remainder + %(per)s::bigint) / (2 * %(per)s::bigint)
            else loyalty.rounded(wholes::numeric * %(per)s + remainder, %(per)s::numeric, %(rounding)s) - wholes
        end then 1
        else 0
    end as points,
    null::numeric as left_over, null::numeric as left_over_of
from floored

-- name: by_order_carrying
-- The same with what the customer's last order left, and what this one leaves.
with exact as (
    select figured.*, figured.figure::numeric * %(points)s * figured.factor as numerator
    from figured
    inner join ordered using (order_id)
    left join loyalty.carry
        on
            carry.programme_id = %(programme_id)s and carry.rule = %(rule)s and carry.customer_id = ordered.customer_id
    where
        figured.figure > 0 and figured.factor > 0
        and (carry.position is null or carry.position < ordered.position)
),

floored as (
    select *, div(numerator, %(per)s::numeric) as whole,
        row_number() over (partition by order_id order by mod(numerator, %(per)s::numeric) desc, line) as turn
    from exact
),

summed as (
    select
        floored.order_id, ordered.customer_id, ordered.position, sum(floored.whole) as wholes,
        sum(floored.numerator) * coalesce(carry.denominator, 1) + coalesce(carry.numerator, 0) * %(per)s as numerator,
        %(per)s * coalesce(carry.denominator, 1) as denominator
    from floored
    inner join ordered using (order_id)
    left join loyalty.carry
        on
            carry.programme_id = %(programme_id)s and carry.rule = %(rule)s and carry.customer_id = ordered.customer_id
    group by floored.order_id, ordered.customer_id, ordered.position, carry.numerator, carry.denominator
    having sum(floored.numerator) > 0
)

select
    floored.order_id, floored.line, floored.line_key, floored.own_minor, floored.figure, floored.factor,
    (floored.whole + case when floored.turn <= div(summed.numerator, summed.denominator) - summed.wholes then 1 else 0 end)::bigint
        as points,
    mod(summed.numerator, summed.denominator) as left_over, summed.denominator as left_over_of
from floored
inner join summed using (order_id)

-- name: packed
-- The lines of each award side by side.
select
    order_id, sum(points)::bigint as points, null::jsonb as cuts, array_agg(line_key) as line_keys,
    array_agg(own_minor) as minors, case when %(counts)s <> 'money' then array_agg(figure) end as figures,
    case when bool_or(factor <> 100) then array_agg(factor) end as factors, array_agg(points) as line_points
from (select * from parted order by order_id, line) as line
group by order_id
having sum(points) > 0

-- name: packed_limited
-- The same, cut by what caps and the budget leave from the last line backwards.
with limited as ({limited})

select
    line.order_id, min(line.award_points) as points, (array_agg(line.cuts))[1] as cuts,
    array_agg(line.line_key) as line_keys, array_agg(line.own_minor) as minors,
    case when %(counts)s <> 'money' then array_agg(line.figure) end as figures,
    case when bool_or(line.factor <> 100) then array_agg(line.factor) end as factors, array_agg(line.kept) as line_points
from (
    select
        parted.*, limited.points as award_points, limited.cuts,
        greatest(0, least(
            parted.points,
            limited.points - coalesce(sum(parted.points) over earlier, 0)
        ))::bigint as kept
    from parted
    inner join limited using (order_id)
    where limited.points > 0
    window earlier as (partition by parted.order_id order by parted.line rows between unbounded preceding and 1 preceding)
    order by parted.order_id, parted.line
) as line
group by line.order_id

-- name: price
-- Prices what a rule means and posts what it earns.
with ordered as materialized ({items}),

covered as materialized ({covered}),

line as (
    select *
    from ({lines}) as told
    -- What earned as a whole before it told its lines does not earn by them once more.
    where not exists (
        select from covered where covered.order_id = told.order_id and covered.line_key = '' and told.line_key <> ''
    )
),

figured as ({figured}),

parted as materialized ({parted}),

-- What rounding down left, for the customer's next order.
left_over as (
    insert into loyalty.carry as carry (programme_id, rule, customer_id, numerator, denominator, position)
    select distinct on (ordered.customer_id)
        %(programme_id)s, %(rule)s, ordered.customer_id, parted.left_over / gcd(parted.left_over, parted.left_over_of),
        parted.left_over_of / gcd(parted.left_over, parted.left_over_of), ordered.position
    from parted
    inner join ordered using (order_id)
    where parted.left_over is not null
    order by ordered.customer_id, ordered.position desc
    on conflict (programme_id, rule, customer_id) do update
    set numerator = excluded.numerator, denominator = excluded.denominator, position = excluded.position
),

packed as ({packed}),

earned as (
    select array_agg(
        row(
            ordered.customer_id, ordered.atom_id, case when ordered.order_id > 0 then ordered.order_id end,
            ordered.position, ordered.occurred_at, ordered.booked_at, packed.points, ordered.active_from,
            ordered.expires_at, packed.line_keys, packed.minors, packed.figures, packed.factors, packed.line_points,
            packed.cuts, case
                when ordered.earned then coalesce((
                    select max(earlier.part) + 1 from only loyalty.transfer as earlier
                    where
                        earlier.order_id = ordered.order_id and earlier.programme_id = %(programme_id)s
                        and earlier.rule = %(rule)s and earlier.kind = 'earn'
                ), 0)
                else 0
            end, null, null
        )::loyalty.earned
        order by ordered.position
    ) as items
    from packed
    inner join ordered using (order_id)
)

select posted.posted, posted.orders, posted.points, posted.joined
from loyalty.currency
cross join earned
cross join lateral loyalty.post_earned(
    currency.programme_id, currency.id, %(rule)s, %(version)s, %(terms)s, %(joined_by)s, %(tier_set)s, %(origin)s,
    %(partner)s, earned.items
) as posted
where
    currency.programme_id = %(programme_id)s and currency.code = %(currency)s and earned.items is not null

-- name: price_plain
-- The same where money of whole orders earns and nothing else is asked: their lines' points follow from their money.
with ordered as materialized (
    select standing.*, coalesce(item.active_from, standing.occurred_at) as active_from, item.expires_at, item.factor
    from unnest(%(orders)s::bigint[], %(active)s::timestamptz[], %(expires)s::timestamptz[], %(factors)s::int[])
        as item (order_id, active_from, expires_at, factor)
    inner join orders.fact_order as standing using (order_id)
),

line as (
    select line.order_id, line.line, line.line_key, line.total_minor as minor
    from ordered
    inner join orders.fact_line as line on line.order_id = ordered.order_id
    where ordered.line_count > 0 and line.total_minor > 0
    union all
    select order_id, 1, '', total_minor
    from ordered
    where line_count = 0 and total_minor > 0
),

packed as (
    select
        order_id, array_agg(line_key) as line_keys, array_agg(minor) as minors, sum(minor)::bigint as minor
    from (select * from line order by order_id, line) as sorted
    group by order_id
),

earned as (
    select array_agg(
        row(
            ordered.customer_id, ordered.atom_id, ordered.order_id, ordered.position, ordered.occurred_at,
            ordered.booked_at, award.points, ordered.active_from, ordered.expires_at, packed.line_keys, packed.minors,
            null, case when ordered.factor <> 100 then array_fill(ordered.factor, array[cardinality(packed.minors)]) end,
            null, null, 0, %(points)s * ordered.factor, %(per)s
        )::loyalty.earned
        order by ordered.position
    ) as items
    from packed
    inner join ordered using (order_id)
    cross join lateral (
        select loyalty.points_for(packed.minor, %(points)s::bigint * ordered.factor, %(per)s::bigint, %(rounding)s)
            as points
    ) as award
    where award.points > 0
)

select posted.posted, posted.orders, posted.points, posted.joined
from loyalty.currency
cross join earned
cross join lateral loyalty.post_earned(
    currency.programme_id, currency.id, %(rule)s, %(version)s, %(terms)s, %(joined_by)s, %(tier_set)s, %(origin)s,
    %(partner)s, earned.items
) as posted
where
    currency.programme_id = %(programme_id)s and currency.code = %(currency)s and earned.items is not null
