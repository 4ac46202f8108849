-- name: words_of
-- The wordings that some topics were ever published with.
select topic, version, words from customers.consent_wording where topic = any(%(topics)s)

-- name: keep_words
-- The wordings of a policy that goes live; those published before stay as they were.
insert into customers.consent_wording (topic, version, words, published_at)
select topic, version, words, %(at)s
from unnest(%(topics)s::text[], %(versions)s::text[], %(words)s::text[]) as given (topic, version, words)
on conflict do nothing

-- name: rule
-- What the views need of the policy that holds.
update customers.consent_rule set tracking_by_default = %(tracking_by_default)s
