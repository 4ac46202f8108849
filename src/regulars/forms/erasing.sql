-- name: answers_telling
select submission_id, answers::text from forms.submission where answers is not null

-- name: erase
-- Answers of the person, by the hash of their address and by what they wrote; that somebody answered stays.
update forms.submission
set
    answers = null, person_key = 'erased', address_hash = '', asked_ip = null, confirmed_ip = null,
    state = case when state = 'pending' then 'expired' else state end
where
    person_key <> 'erased'
    and (
        person_key = any(%(person_keys)s::text[])
        or submission_id = any(%(ids)s::bigint[]) and answers::text ~* %(pattern)s
    )

-- name: held
select form_key, state, answers, submitted_at, confirmed_at
from forms.submission
where person_key <> 'erased' and (person_key = any(%(person_keys)s::text[]) or answers::text ~* %(pattern)s)
order by submission_id
