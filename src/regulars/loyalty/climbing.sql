-- name: climb
-- Lifts members by what they did, in every tier set of the programme; gives how many steps up were made.
select loyalty.climb(%(programme_id)s, %(transfers)s::bigint[], %(orders)s::bigint[], %(events)s::bigint[])
