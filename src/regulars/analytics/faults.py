"""What can be wrong with a lake."""

from regulars.kernel import Conflict, Unavailable


class LakeUnavailable(Unavailable):
    """The store does not answer, is full, or refuses; nothing is lost."""

    code = "analytics.lake_unavailable"


class LakeDamaged(Unavailable):
    """The lake and the database do not agree, or a file of it cannot be read."""

    code = "analytics.lake_damaged"


class NotDroppable(Conflict):
    """Events cannot leave PostgreSQL yet; says what still needs them."""

    code = "analytics.not_droppable"


class NotMendable(Conflict):
    """The lake lacks what the database no longer has."""

    code = "analytics.not_mendable"
