-- name: reverse
select outcome, transfer_id, available, field, amount
from loyalty.post_reversal(
    %(programme_id)s, %(transfer_id)s, %(key)s, %(at)s, %(policy)s, %(reason)s, %(actor)s, %(fields)s, %(amount)s,
    %(claims)s, %(least)s)

-- name: unclaim
select loyalty.unclaim(%(award_id)s, %(amount)s, %(at)s, %(reason)s)
