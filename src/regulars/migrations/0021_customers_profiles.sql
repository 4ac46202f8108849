-- Profiles: where each trait's value comes from and what stood before it, the declared types of traits, computed
-- traits beside the told ones, groups and their members, and the log of consents.
-- On 10M rows: new columns without a rewrite and new tables; instant. Undo: drop the tables and columns added here.

alter table customers.trait
    add column source text collate "C",  -- null where it was told before this; then the log's event says it
    add column origin text collate "C",  -- hand, import, enrichment, form; null for a plain event
    add column expires_at timestamptz;
create index trait_by_expiry on customers.trait (expires_at) where expires_at is not null;

-- What was told of a trait and does not stand: what was replaced, what came late, what does not fit the declared type.
create table customers.trait_value (
    customer_id bigint not null,  -- the atom, as in customers.trait, and like there without a foreign key
    name text collate "C" not null,
    value jsonb not null,
    occurred_at timestamptz not null,
    position bigint not null,
    source text collate "C",
    origin text collate "C",
    expires_at timestamptz,
    fits boolean not null default true,
    primary key (customer_id, name, occurred_at, position)
);
create index trait_value_unfit on customers.trait_value (name, customer_id) where not fits;

-- The live declarations of traits, as their definitions say.
create table customers.declared_trait (
    path text collate "C" primary key,  -- a trait's name, or a place inside it as in address.city
    key text collate "C" not null unique,  -- of the definition
    title text not null,
    type text collate "C" not null check (
        type in ('text', 'number', 'integer', 'money', 'boolean', 'time', 'date', 'list', 'object')
    ),
    personal text collate "C" not null check (personal in ('no', 'contact', 'sensitive')),
    keeps_history boolean not null
);

-- A value as the declared type has it; null when it does not fit. "12" fits a number, 12 fits a text.
create function customers.typed(given jsonb, wanted text) returns jsonb language plpgsql stable strict as $$
declare
    kind text := jsonb_typeof(given);
    told text := btrim(given #>> '{}');
begin
    if kind = 'null' then
        return given;
    end if;
    case wanted
        when 'text' then
            return case when kind = 'string' then given when kind in ('number', 'boolean') then to_jsonb(told) end;
        when 'integer' then
            if kind = 'number' and given::numeric = trunc(given::numeric) then
                return to_jsonb(trunc(given::numeric));
            elsif kind = 'string' and told ~ '^[+-]?[0-9]{1,18}$' then
                return to_jsonb(told::bigint);
            end if;
        when 'number' then
            if kind = 'number' then
                return given;
            elsif kind = 'string' and told ~ '^[+-]?[0-9]{1,18}([.][0-9]{1,12})?$' then
                return to_jsonb(told::numeric);
            end if;
        when 'boolean' then
            if kind = 'boolean' then
                return given;
            elsif kind = 'string' and lower(told) in ('true', 'yes', 'false', 'no') then
                return to_jsonb(lower(told) in ('true', 'yes'));
            end if;
        when 'money' then
            if kind = 'object' and jsonb_typeof(given -> 'amount') = 'number' and given ->> 'currency' ~ '^[A-Z]{3}$' then
                return given;
            elsif kind = 'string' and told ~ '^[+-]?[0-9]{1,15}([.][0-9]{1,3})? ?[A-Z]{3}$' then
                return jsonb_build_object('amount', btrim(left(told, -3))::numeric, 'currency', right(told, 3));
            end if;
        when 'date' then
            if kind = 'string' and told ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
                return to_jsonb(told::date);
            end if;
        when 'time' then
            if kind = 'string' and told ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+ ?([Zz]|[+-][0-9]{2}:?[0-9]{2})$' then
                return to_jsonb(to_char(told::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
            end if;
        when 'list' then
            return case when kind = 'array' then given end;
        when 'object' then
            return case when kind = 'object' then given end;
        else
            return given;
    end case;
    return null;
exception when data_exception then
    return null;
end
$$;

-- An instant out of a text that anybody may have sent; null when it is none.
create function customers.instant(told text) returns timestamptz language plpgsql stable strict as $$
begin
    return case
        when told ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+ ?([Zz]|[+-][0-9]{2}:?[0-9]{2})$' then told::timestamptz
    end;
exception when data_exception then
    return null;
end
$$;

-- Of a person, in a column of its own: the readers of told and of computed traits never overwrite each other.
alter table customers.customer add column computed jsonb not null default '{}';

-- A group; the word itself is reserved.
create table customers.circle (
    group_id bigint generated by default as identity primary key,
    type text collate "C" not null,  -- account, household, ...
    key text collate "C" not null,
    name text,
    search text collate "C" not null default '',  -- name and key folded
    traits jsonb not null default '{}',
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    unique (type, key)
);
create index circle_by_search on customers.circle (search);

-- The last value by occurred_at, as for a customer's traits.
create table customers.circle_trait (
    group_id bigint not null references customers.circle,
    name text collate "C" not null,
    value jsonb not null,
    occurred_at timestamptz not null,
    position bigint not null,
    source text collate "C",
    primary key (group_id, name)
);

-- The last word by occurred_at on whether somebody belongs to a group.
create table customers.circle_member (
    group_id bigint not null references customers.circle,
    atom_id bigint not null references customers.customer,
    belongs boolean not null,
    since timestamptz not null,
    occurred_at timestamptz not null,
    position bigint not null,
    primary key (group_id, atom_id)
);
create index circle_member_by_atom on customers.circle_member (atom_id);

-- Append-only. A person's present state is the last word by occurred_at over all their atoms.
create table customers.consent (
    consent_id bigint generated always as identity primary key,
    atom_id bigint not null references customers.customer,
    channel text collate "C" not null,
    topic text collate "C" not null,  -- empty: the channel as a whole
    given boolean not null,
    source text collate "C" not null,
    basis text,
    wording text,
    occurred_at timestamptz not null,
    position bigint not null unique
);
create index consent_by_atom on customers.consent (atom_id, channel, topic, occurred_at desc, position desc);

create view customers.fact_consent as
select distinct on (person.customer_id, consent.channel, consent.topic)
    person.customer_id, consent.atom_id, consent.channel, consent.topic, consent.given, consent.source,
    consent.basis, consent.wording, consent.occurred_at, consent.position
from customers.consent
cross join lateral (
    select coalesce(customer.survivor_id, customer.customer_id) as customer_id
    from customers.customer
    where customer.customer_id = consent.atom_id
) as person
order by person.customer_id, consent.channel, consent.topic, consent.occurred_at desc, consent.position desc;

create view customers.fact_group as
select group_id, type, key, name, traits, first_seen_at, last_seen_at from customers.circle;

-- Who belongs to which group; a person with several atoms once.
create view customers.fact_group_member as
select member.group_id, coalesce(atom.survivor_id, atom.customer_id) as customer_id, min(member.since) as since
from customers.circle_member as member
inner join customers.customer as atom on atom.customer_id = member.atom_id
where member.belongs
group by 1, 2;

create or replace view customers.fact_customer as
select
    customer.customer_id,
    (
        select min(identifier.value)
        from customers.identifier
        where identifier.customer_id = customer.customer_id and identifier.kind = 'user_id'
    ) as user_id,
    customer.name,
    customer.email,
    customer.email_folded,
    customer.phone,
    customer.created_at,
    least(customer.first_seen_at, customer.others_first_at) as first_seen_at,
    greatest(customer.last_seen_at, customer.others_last_at) as last_seen_at,
    case when customer.computed = '{}' then customer.traits else customer.traits || customer.computed end as traits,
    customer.test
from customers.customer
where customer.survivor_id is null;

-- Of whom an enrichment source was asked, and what came of it, so that it is asked again only when that is due.
create table customers.enrichment_asked (
    enrichment text collate "C" not null,  -- key of the definition
    customer_id bigint not null references customers.customer,
    asked_at timestamptz not null,
    outcome text collate "C" not null check (outcome in ('found', 'nothing', 'failed')),
    note text not null default '',
    primary key (enrichment, customer_id)
);
