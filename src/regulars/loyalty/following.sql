-- name: follow
-- Brings the points of some profiles to the members of the people they belong to now.
select loyalty.follow(%(profiles)s::bigint[], %(before)s::bigint[], %(after)s::bigint[], %(at)s)
