-- Why: how many sends of a source stand how, and what came back of them, is asked every few seconds while a send runs:
-- sums are kept with the rows, by the transaction that changes these. Each change adds a few rows of differences, so that
-- nobody waits for anybody else's sum; a job folds them into one row each.
-- On 10M rows: counting what is there takes about a minute, and blocks sending meanwhile.
-- Undo: drop view messaging.fact_send_sum, messaging.fact_answer_sum; drop the triggers summed_… of messaging.send and
-- messaging.answer with their functions; drop table messaging.send_sum, messaging.send_moved, messaging.answer; drop functions
--  messaging.answer_of, messaging.left_as.

-- How far a send came, as what came back of it counts.
create function messaging.left_as(state text) returns text language sql immutable parallel safe as $$
    select case when state in ('sent', 'in_doubt') then state else 'other' end
$$;

-- Everything that came back of one send, as bits.
create table messaging.answer (
    send_id bigint primary key,
    source_id bigint not null,
    state text collate "C" not null check (state in ('sent', 'in_doubt', 'other')),
    bits smallint not null check (bits > 0)
);

-- What one thing that came back is as a bit. Who clicked has opened.
create function messaging.answer_of(kind text, machine boolean, hard boolean)
returns smallint language sql immutable parallel safe as $$
    select case kind
        when 'deferred' then 1
        when 'delivered' then 2
        when 'bounced' then case when hard then 8 else 4 end
        when 'opened' then case when machine then 32 else 16 end
        when 'viewed' then case when machine then 32 else 16 end
        when 'clicked' then case when machine then 128 else 16 + 64 end
        when 'unsubscribed' then 256
        when 'complained' then 512
        else 1024
    end::smallint
$$;

-- How many sends of a source stand alike, as of the last fold. Those with bits are the ones answered so, again.
create table messaging.send_sum (
    source_id bigint not null,
    arm text collate "C" not null,  -- Empty with bits.
    state text collate "C" not null,
    reason text collate "C" not null,  -- Empty: none.
    due timestamptz not null,  -- -infinity: it does not wait for a moment.
    bits smallint not null,
    sends bigint not null,
    primary key (source_id, arm, state, reason, due, bits)
);
create index send_sum_empty on messaging.send_sum (source_id) where sends = 0;

-- What changed since: so many more, or fewer.
create table messaging.send_moved (
    source_id bigint not null,
    arm text collate "C" not null,
    state text collate "C" not null,
    reason text collate "C" not null,
    due timestamptz not null,
    bits smallint not null,
    sends bigint not null
);
create index send_moved_of_source on messaging.send_moved (source_id);

insert into messaging.answer (send_id, source_id, state, bits)
select
    reaction.send_id, min(send.source_id), messaging.left_as(min(send.state)),
    bit_or(messaging.answer_of(reaction.kind, reaction.machine, reaction.hard))
from messaging.reaction
inner join messaging.send using (send_id)
group by reaction.send_id;

insert into messaging.send_sum (source_id, arm, state, reason, due, bits, sends)
select
    source_id, arm, state, coalesce(reason, ''), case when state = 'queued' then not_before else '-infinity' end, 0,
    count(*)
from messaging.send
group by 1, 2, 3, 4, 5
union all
select source_id, '', state, '', '-infinity', bits, count(*)
from messaging.answer
group by 1, 3, 6;

create function messaging.sum_sends_added() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select
        source_id, arm, state, coalesce(reason, ''), case when state = 'queued' then not_before else '-infinity' end, 0,
        count(*)
    from added
    group by source_id, arm, state, reason, not_before;
    return null;
end $$;

create function messaging.sum_sends_gone() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select
        source_id, arm, state, coalesce(reason, ''), case when state = 'queued' then not_before else '-infinity' end, 0,
        -count(*)
    from gone
    group by source_id, arm, state, reason, not_before;
    return null;
end $$;

create function messaging.sum_sends_changed() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select
        source_id, arm, state, coalesce(reason, ''), case when state = 'queued' then not_before else '-infinity' end, 0,
        sum(sends)
    from (
        select source_id, arm, state, reason, not_before, -count(*) as sends from gone group by 1, 2, 3, 4, 5
        union all
        select source_id, arm, state, reason, not_before, count(*) from added group by 1, 2, 3, 4, 5
    ) as moved
    group by source_id, arm, state, reason, not_before
    having sum(sends) <> 0;
    -- Whoever answers holds the send meanwhile: no answer is overlooked here.
    if exists (select from added where messaging.left_as(state) <> 'other')
        or exists (select from gone where messaging.left_as(state) <> 'other')
    then
        update messaging.answer set state = messaging.left_as(added.state)
        from added
        where answer.send_id = added.send_id and answer.state <> messaging.left_as(added.state);
    end if;
    return null;
end $$;

create function messaging.sum_answers_added() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select source_id, '', state, '', '-infinity', bits, count(*) from added group by source_id, state, bits;
    return null;
end $$;

create function messaging.sum_answers_gone() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select source_id, '', state, '', '-infinity', bits, -count(*) from gone group by source_id, state, bits;
    return null;
end $$;

create function messaging.sum_answers_changed() returns trigger language plpgsql as $$
begin
    insert into messaging.send_moved
    select source_id, '', state, '', '-infinity', bits, sum(sends)
    from (
        select source_id, state, bits, -1 as sends from gone
        union all
        select source_id, state, bits, 1 from added
    ) as moved
    group by source_id, state, bits
    having sum(sends) <> 0;
    return null;
end $$;

create function messaging.sum_nothing() returns trigger language plpgsql as $$
begin
    truncate messaging.answer, messaging.send_sum, messaging.send_moved;
    return null;
end $$;

create trigger summed_nothing after truncate on messaging.send
for each statement execute function messaging.sum_nothing();
create trigger summed_added after insert on messaging.send referencing new table as added
for each statement execute function messaging.sum_sends_added();
create trigger summed_gone after delete on messaging.send referencing old table as gone
for each statement execute function messaging.sum_sends_gone();
create trigger summed_changed after update on messaging.send referencing old table as gone new table as added
for each statement execute function messaging.sum_sends_changed();
create trigger summed_added after insert on messaging.answer referencing new table as added
for each statement execute function messaging.sum_answers_added();
create trigger summed_gone after delete on messaging.answer referencing old table as gone
for each statement execute function messaging.sum_answers_gone();
create trigger summed_changed after update on messaging.answer referencing old table as gone new table as added
for each statement execute function messaging.sum_answers_changed();

-- A row says how many more or fewer there are: only their sums say anything.
create view messaging.fact_send_sum as
select
    source.kind as source_kind, source.key as source_key, source.version as source_version, source.step,
    part.source_id, part.arm, part.state, nullif(part.reason, '') as reason,
    nullif(part.due, '-infinity') as not_before, part.sends
from messaging.source
inner join (
    select source_id, arm, state, reason, due, bits, sends from messaging.send_sum
    union all
    select source_id, arm, state, reason, due, bits, sends from messaging.send_moved
) as part using (source_id)
where part.bits = 0;

-- The same of sends of which something came back, by all that did; each such send stands once.
create view messaging.fact_answer_sum as
select
    source.kind as source_kind, source.key as source_key, source.version as source_version, source.step,
    part.source_id, part.state,
    part.bits & 1 <> 0 as deferred, part.bits & 2 <> 0 as delivered, part.bits & 4 <> 0 as bounced_soft,
    part.bits & 8 <> 0 as bounced_hard, part.bits & 16 <> 0 as opened, part.bits & 32 <> 0 as machine_opened,
    part.bits & 64 <> 0 as clicked, part.bits & 128 <> 0 as machine_clicked, part.bits & 256 <> 0 as unsubscribed,
    part.bits & 512 <> 0 as complained, part.sends
from messaging.source
inner join (
    select source_id, state, bits, sends from messaging.send_sum
    union all
    select source_id, state, bits, sends from messaging.send_moved
) as part using (source_id)
where part.bits <> 0;
