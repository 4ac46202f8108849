-- name: sets
-- The tier sets of every programme that reviews look at.
select programme_id, key as tier_set from loyalty.tier_set where not retired order by programme_id, turn, key

-- name: review
select reviewed, lowered from loyalty.review_set(%(programme_id)s, %(tier_set)s, %(at)s)

-- name: tell_ending
select loyalty.tell_ending(%(programme_id)s, %(tier_set)s, %(at)s)
