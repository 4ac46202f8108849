-- Why: who entered a campaign follows when profiles are merged or split: a row keeps the profile that entered, one row
--      counts for the person, and who came to be in both arms is counted.
-- On 10M rows: every row is written once, a minute; the keys' indexes another.
-- Undo: while nobody is merged: drop the columns, make the keys again as in 0012, and the view.

alter table campaigns.member
add column atom_id bigint,
add column counted boolean not null default true,       -- of a person's rows in a run, the first
add column contaminated boolean not null default false; -- another profile of the person is in the other arm
update campaigns.member set atom_id = customer_id;
alter table campaigns.member drop constraint member_pkey, drop constraint member_key_customer_id_key;
alter table campaigns.member add primary key (run_id, atom_id);
create unique index member_once_a_profile on campaigns.member (key, atom_id);
create index member_of_person on campaigns.member (key, customer_id);
create index member_of_profile on campaigns.member (atom_id);

create or replace view campaigns.fact_member as
select
    member.run_id, member.key as campaign, run.version, member.customer_id, member.arm, member.entered_at,
    member.window_ends_at, member.converted_at, member.atom_id, member.counted
from campaigns.member
inner join campaigns.run using (run_id);
