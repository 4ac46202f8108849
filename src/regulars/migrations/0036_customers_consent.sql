-- Why: consent with its whole proof (purpose, wording version, address, double opt-in, by hand), what else people ask of
--      us (no profiling, restriction, a pause, less often) in the same append-only log, and whose word counts.
-- On 10M rows: new columns come without a rewrite; two small indexes, seconds. Undo: drop the columns, triggers,
--      tables, functions and views added here, and create fact_consent again as in 0021.

alter table customers.consent
    -- What the statement is about; the channel is empty unless it is consent.
    add column about text collate "C" not null default 'consent' check (
        about in ('consent', 'profiling', 'processing', 'pause', 'frequency')
    ),
    add column purpose text,
    add column wording_version text collate "C",
    add column ip text,  -- From which it was said.
    add column asked_at timestamptz,  -- Of a double opt-in: when and from where it was asked for; then it was confirmed.
    add column asked_ip text,
    add column until timestamptz,  -- Of a pause.
    add column every_days integer check (every_days > 0),  -- Of less often; null: as the policy says.
    -- How it came: page, server, form, import, hand, preferences; null where it was told before this.
    add column via text collate "C",
    add column recorded_by text,  -- Who wrote it down, where it was by hand, and why.
    add column reason text,
    -- Kept but not counted, and why: page (the key in a page is public), unconfirmed (double opt-in is asked for).
    add column believed boolean not null default true,
    add column doubt text collate "C",
    add column erased_at timestamptz;

create index consent_by_about on customers.consent (about, atom_id) where about <> 'consent';

create function customers.refuse_consent_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% refused: what was said of consent stays as it was said', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation', hint = 'Record another statement, or erase the proof of a person.';
end
$$;

create trigger consent_is_append_only before delete on customers.consent
    for each statement execute function customers.refuse_consent_change();

-- Erasing empties what may say who it was and nothing else: that somebody withdrew is still counted.
create trigger consent_is_never_altered before update on customers.consent
    for each row when (
        new.erased_at is null
        or num_nonnulls(
            new.basis, new.purpose, new.wording, new.wording_version, new.ip, new.asked_ip, new.recorded_by, new.reason
        ) > 0
        or new.source <> ''
        or (
            new.consent_id, new.atom_id, new.about, new.channel, new.topic, new.given, new.via, new.occurred_at,
            new.asked_at, new.until, new.every_days, new.position, new.believed, new.doubt
        ) is distinct from (
            old.consent_id, old.atom_id, old.about, old.channel, old.topic, old.given, old.via, old.occurred_at,
            old.asked_at, old.until, old.every_days, old.position, old.believed, old.doubt
        )
    )
    execute function customers.refuse_consent_change();

-- What the live consent policy says, as far as the views need it.
create table customers.consent_rule (
    only_row boolean primary key default true check (only_row),
    tracking_by_default boolean not null default false
);
insert into customers.consent_rule default values;

-- The wordings that policies were published with: a version never says something else later.
create table customers.consent_wording (
    topic text collate "C" not null,
    version text collate "C" not null,
    words text not null,
    published_at timestamptz not null,
    primary key (topic, version)
);

-- The last word of each person by channel and topic; of two at one instant the withdrawal, whichever came first.
create or replace view customers.fact_consent as
select distinct on (person.customer_id, consent.channel, consent.topic)
    person.customer_id, consent.atom_id, consent.channel, consent.topic, consent.given, consent.source,
    consent.basis, consent.wording, consent.occurred_at, consent.position,
    consent.purpose, consent.wording_version, consent.via, consent.asked_at
from customers.consent
cross join lateral (
    select coalesce(customer.survivor_id, customer.customer_id) as customer_id
    from customers.customer
    where customer.customer_id = consent.atom_id
) as person
where consent.believed and consent.about = 'consent'
order by
    person.customer_id, consent.channel, consent.topic, consent.occurred_at desc, consent.given,
    consent.source, consent.position desc;

-- The last word of each person on what else they asked of us; a row stands only where something was said.
create view customers.fact_wish as
select distinct on (person.customer_id, consent.about)
    person.customer_id, consent.atom_id, consent.about, consent.given, consent.until, consent.every_days, consent.source,
    consent.via, consent.occurred_at, consent.position
from customers.consent
cross join lateral (
    select coalesce(customer.survivor_id, customer.customer_id) as customer_id
    from customers.customer
    where customer.customer_id = consent.atom_id
) as person
where consent.believed and consent.about <> 'consent'
order by
    person.customer_id, consent.about, consent.occurred_at desc, consent.given, consent.until desc nulls first,
    consent.every_days desc nulls first, consent.source, consent.position desc;

-- Where each person stands. A pause without an end is one until infinity.
create view customers.fact_standing as
select
    person.customer_id,
    coalesce(said.profiling_objected, false) as profiling_objected,
    coalesce(said.restricted, false) as restricted,
    coalesce(said.tracking_allowed, rule.tracking_by_default) as tracking_allowed,
    said.paused_until,
    coalesce(said.less_often, false) as less_often,
    said.every_days
from customers.customer as person
cross join customers.consent_rule as rule
left join lateral (
    select
        bool_or(not last.given) filter (where last.about = 'profiling') as profiling_objected,
        bool_or(not last.given) filter (where last.about = 'processing') as restricted,
        bool_or(last.given) filter (where last.about = 'consent') as tracking_allowed,
        max(coalesce(last.until, 'infinity')) filter (where last.about = 'pause' and not last.given) as paused_until,
        bool_or(not last.given) filter (where last.about = 'frequency') as less_often,
        max(last.every_days) filter (where last.about = 'frequency' and not last.given) as every_days
    from (
        select distinct on (consent.about) consent.about, consent.given, consent.until, consent.every_days
        from customers.consent
        where
            consent.atom_id = any(array(
                select atom.customer_id from customers.customer as atom
                where coalesce(atom.survivor_id, atom.customer_id) = person.customer_id
            ))
            and consent.believed and consent.topic = ''
            and (consent.about <> 'consent' or consent.channel = 'tracking')
        order by
            consent.about, consent.occurred_at desc, consent.given, consent.until desc nulls first,
            consent.every_days desc nulls first
    ) as last
) as said on true
where person.survivor_id is null;
