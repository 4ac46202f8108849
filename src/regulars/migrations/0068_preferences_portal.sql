-- Why: a member's own page opens on a device that has proved the address once; a link can be asked for to lead there.
-- On 10M rows: at once, an empty table is made, and a column with a constant comes to the links asked for.
-- Undo: drop schema portal cascade; alter table preferences.link_request drop column page;

create schema portal;

-- A device whose holder opened a link that was asked for by mail. One link lets in one device.
create table portal.device (
    device_id bigint generated always as identity primary key,
    atom_id bigint not null,
    link_hash bytea not null unique, -- keyed, of the link that let it in
    address bytea not null, -- the mark of the address it proved
    generation int not null, -- of the links; withdrawing them lets nobody in any more
    proven_at timestamptz not null, -- by the wall clock, as ends_at
    ends_at timestamptz not null check (ends_at >= proven_at)
);
create index device_of_atom on portal.device (atom_id);
create index device_due on portal.device (ends_at);

-- Where a link that is asked for leads.
alter table preferences.link_request
add column page text collate "C" not null default 'preferences' check (page in ('preferences', 'member'));
