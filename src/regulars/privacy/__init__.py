"""What is held of a person, erasing it, how long anything is kept, and the record of it all."""

from regulars.privacy.asking import (
    ERASE,
    STAYS,
    Concerned,
    Foreseen,
    ask_erasure,
    carry_out_erasure,
    concerned,
    decline_erasure,
    foresee_erasure,
    go_on,
    put_to_work,
    request_erasure,
    start_erasure,
)
from regulars.privacy.asking import SUBJECT as ERASURE_SUBJECT
from regulars.privacy.copy import (
    COPY,
    Copy,
    CopyGone,
    ask_copy,
    copies,
    copy_of,
    expire_copies,
    fetch_copy,
    open_copy,
    order_copy,
)
from regulars.privacy.copying import Copier
from regulars.privacy.erasing import Eraser
from regulars.privacy.erasure import (
    ASKED_BY,
    Erasure,
    erasure,
    erasures,
    erasures_of,
    erasures_waiting,
)
from regulars.privacy.keeping import KEPT, Removed, Standing, removed_since, standings
from regulars.privacy.listed import LISTINGS
from regulars.privacy.listing import replay_erasures
from regulars.privacy.night import NIGHT, night
from regulars.privacy.record import Activity, Party, Record, record
from regulars.privacy.record_pages import as_csv, as_html, as_plain
from regulars.privacy.retention import KEY as RETENTION_KEY
from regulars.privacy.retention import RETENTION, STARTING_RETENTION, RetentionBody, retention
from regulars.privacy.rewriting import rewrite
from regulars.privacy.sifting import sift
from regulars.privacy.subject import Subject, counted
from regulars.privacy.subjects import subjects

__all__ = [
    "ASKED_BY",
    "COPY",
    "ERASE",
    "ERASURE_SUBJECT",
    "KEPT",
    "LISTINGS",
    "NIGHT",
    "RETENTION",
    "RETENTION_KEY",
    "STARTING_RETENTION",
    "STAYS",
    "Activity",
    "Concerned",
    "Copier",
    "Copy",
    "CopyGone",
    "Eraser",
    "Erasure",
    "Foreseen",
    "Party",
    "Record",
    "Removed",
    "RetentionBody",
    "Standing",
    "Subject",
    "as_csv",
    "as_html",
    "as_plain",
    "ask_copy",
    "ask_erasure",
    "carry_out_erasure",
    "concerned",
    "copies",
    "copy_of",
    "counted",
    "decline_erasure",
    "erasure",
    "erasures",
    "erasures_of",
    "erasures_waiting",
    "expire_copies",
    "fetch_copy",
    "foresee_erasure",
    "go_on",
    "night",
    "open_copy",
    "order_copy",
    "put_to_work",
    "record",
    "removed_since",
    "replay_erasures",
    "request_erasure",
    "retention",
    "rewrite",
    "sift",
    "standings",
    "start_erasure",
    "subjects",
]
