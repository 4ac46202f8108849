-- name: secret
select value from forms.secret

-- name: submit
-- One answer; the same form on the same screen again is the same answer.
insert into forms.submission (
    form_key, version, nonce, state, answers, agreed, person_key, address_hash, submitted_at, received_at, asked_ip
)
values (
    %(form_key)s, %(version)s, %(nonce)s, 'pending', %(answers)s, %(agreed)s, %(person_key)s, %(address_hash)s,
    %(at)s, %(now)s, %(asked_ip)s
)
on conflict (nonce) do nothing
returning submission_id

-- name: submission
select
    submission_id, form_key, version, state, answers, agreed, person_key, submitted_at, confirmed_at, mailed_at,
    asked_ip, confirmed_ip
from forms.submission
where submission_id = %(submission_id)s

-- name: of_nonce
select
    submission_id, form_key, version, state, answers, agreed, person_key, submitted_at, confirmed_at, mailed_at,
    asked_ip, confirmed_ip
from forms.submission
where nonce = %(nonce)s

-- name: recent
-- How often an address, or a person, has answered lately.
select
    count(*) filter (where address_hash = %(address_hash)s) as from_address,
    count(*) filter (where person_key = %(person_key)s) as of_person
from forms.submission
where received_at > %(since)s and (address_hash = %(address_hash)s or person_key = %(person_key)s)

-- name: waiting
-- Who has not been asked for a confirmation yet, the longest waiting first.
select
    submission_id, form_key, version, state, answers, agreed, person_key, submitted_at, confirmed_at, mailed_at,
    asked_ip, confirmed_ip
from forms.submission
where state = 'pending' and mailed_at is null and submission_id > %(after)s
order by submission_id
limit %(limit)s

-- name: mailed
update forms.submission set mailed_at = %(at)s
where submission_id = any(%(submission_ids)s) and mailed_at is null

-- name: confirm
-- Once: whoever comes second finds it done.
update forms.submission set state = 'confirmed', confirmed_at = %(at)s, confirmed_ip = %(ip)s
where submission_id = %(submission_id)s and state = 'pending'

-- name: expire
-- What nobody confirmed in time; the answers go with it.
update forms.submission set state = 'expired', answers = null, asked_ip = null
where state = 'pending' and submitted_at <= %(before)s

-- name: page
-- The answers to a form, the latest first.
select
    submission_id, form_key, version, state, answers, agreed, person_key, submitted_at, confirmed_at, mailed_at,
    asked_ip, confirmed_ip
from forms.submission
where form_key = %(form_key)s and (%(before)s::bigint is null or submission_id < %(before)s)
order by submission_id desc
limit %(limit)s

-- name: counts
select form_key, state, count(*) as submissions, max(submitted_at) as last_at
from forms.submission
group by form_key, state
order by form_key, state

-- name: refuse
-- What looked like a machine, counted by day and reason; nothing else of it is kept.
insert into forms.refusal as known (form_key, day, reason, refusals)
values (%(form_key)s, %(day)s, %(reason)s, 1)
on conflict (form_key, day, reason) do update set refusals = known.refusals + 1

-- name: refusals
select reason, sum(refusals)::bigint as refusals
from forms.refusal
where form_key = %(form_key)s
group by reason
order by reason
