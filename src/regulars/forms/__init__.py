"""Forms: what customers tell of themselves in a hosted form, taken over once their address is confirmed."""

from regulars.forms.answers import read_answers
from regulars.forms.asking import carry_on
from regulars.forms.erasing import erase, held
from regulars.forms.kind import FORM
from regulars.forms.model import Agreement, Field, Form, Submission
from regulars.forms.reading import RefusalCount, StateCount, counts, refusals, submissions
from regulars.forms.ready_made import CONFIRM_TEMPLATE, CONFIRM_TEMPLATE_KEY, PREFERENCES, PREFERENCES_KEY
from regulars.forms.retaining import forget_answers, old_answers
from regulars.forms.submitting import (
    EVENTS,
    TRAP,
    LinkTooOld,
    Sent,
    TooManyAnswers,
    awaiting,
    confirm,
    expire_due,
    refuse,
    submission,
    submit,
)
from regulars.forms.tokens import opened, secret

__all__ = [
    "CONFIRM_TEMPLATE",
    "CONFIRM_TEMPLATE_KEY",
    "EVENTS",
    "FORM",
    "PREFERENCES",
    "PREFERENCES_KEY",
    "TRAP",
    "Agreement",
    "Field",
    "Form",
    "LinkTooOld",
    "RefusalCount",
    "Sent",
    "StateCount",
    "Submission",
    "TooManyAnswers",
    "awaiting",
    "carry_on",
    "confirm",
    "counts",
    "erase",
    "expire_due",
    "forget_answers",
    "held",
    "old_answers",
    "opened",
    "read_answers",
    "refusals",
    "refuse",
    "secret",
    "submission",
    "submissions",
    "submit",
]
