-- name: ask
-- Gives the new request's number, and nothing when this version is asked for already.
insert into access.approval (
    action, subject_kind, subject, version, scope, amount, requested_by, requested_via, reason, preview,
    needed_level, people_needed, requested_at, expires_at
)
values (
    %(action)s, %(subject_kind)s, %(subject)s, %(version)s, %(scope)s, %(amount)s, %(requested_by)s,
    %(requested_via)s, %(reason)s, %(preview)s, %(needed_level)s, %(people_needed)s, %(at)s, %(expires_at)s
)
on conflict (action, subject_kind, subject, version) where state = 'pending' and version is not null do nothing
returning approval_id

-- name: asked_already
-- The pending request for one version.
select * from access.approval_shown
where action = %(action)s and subject_kind = %(subject_kind)s and subject = %(subject)s
    and version = %(version)s and state = 'pending'

-- name: lock_approval
-- Holds one request until the transaction ends; what depends on it is read in the next statement.
select approval_id from access.approval where approval_id = %(approval_id)s for update

-- name: approval
-- One request.
select * from access.approval_shown where approval_id = %(approval_id)s

-- name: approvals
-- Requests that pass every filter given, newest first.
select * from access.approval_shown
where (%(state)s::text is null or state = %(state)s)
    and (%(requested_by)s::bigint is null or requested_by = %(requested_by)s)
    and (%(subject_kind)s::text is null or subject_kind = %(subject_kind)s)
    and (%(subject)s::text is null or subject = %(subject)s)
    and (%(before_approval)s::bigint is null or approval_id < %(before_approval)s)
order by approval_id desc
limit %(limit)s

-- name: pending
-- What can still be decided at an instant, the first to expire first.
select * from access.approval_shown
where state = 'pending' and expires_at > %(at)s
order by expires_at, approval_id

-- name: verdicts
-- Verdicts on one request in the order they were given.
select
    verdict.approval_id, verdict.person_id, person.name as person_name, verdict.authority_id,
    authority.name as authority_name, verdict.approve, verdict.comment, verdict.at
from access.verdict
join access.person on person.person_id = verdict.person_id
join access.person as authority on authority.person_id = verdict.authority_id
where verdict.approval_id = %(approval_id)s
order by verdict.at, verdict.person_id

-- name: verdicts_of
-- Verdicts on many requests.
select
    verdict.approval_id, verdict.person_id, person.name as person_name, verdict.authority_id,
    authority.name as authority_name, verdict.approve, verdict.comment, verdict.at
from access.verdict
join access.person on person.person_id = verdict.person_id
join access.person as authority on authority.person_id = verdict.authority_id
where verdict.approval_id = any(%(approval_ids)s)
order by verdict.approval_id, verdict.at, verdict.person_id

-- name: give_verdict
-- One verdict of one person, on the authority of one.
insert into access.verdict (approval_id, person_id, authority_id, approve, comment, at)
values (%(approval_id)s, %(person_id)s, %(authority_id)s, %(approve)s, %(comment)s, %(at)s)

-- name: close
-- Ends the waiting of one request.
update access.approval set state = %(state)s, closed_at = %(at)s
where approval_id = %(approval_id)s and state = 'pending'

-- name: finish
-- What was approved has happened.
update access.approval set state = 'done', done_at = %(at)s
where approval_id = %(approval_id)s and state = 'approved'

-- name: expire
-- Closes what nobody decided in time.
update access.approval set state = 'expired', closed_at = %(at)s
where state = 'pending' and expires_at <= %(at)s
returning approval_id
