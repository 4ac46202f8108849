"""Offers: pools of voucher codes and gift cards; issued, reserved, used and given back, each exactly once."""

from regulars.offers.audience import among, named, named_by
from regulars.offers.checking import Asked
from regulars.offers.erasing import erase, held
from regulars.offers.errors import (
    KeyConflict,
    NoCodesLeft,
    NotUsable,
    Reason,
    UnknownCode,
    UnknownPool,
    UnknownUse,
)
from regulars.offers.events import EVENTS
from regulars.offers.expiring import expire_due
from regulars.offers.fact_sources import SOURCES
from regulars.offers.issuing import issue, withdraw
from regulars.offers.kind import POOL, five_off, gift_card, launch_pool, welcome_code
from regulars.offers.making import (
    AT_ONCE_MAX,
    COUNT_MAX,
    MAKE,
    UPLOAD_MAX,
    Uploaded,
    checked_count,
    generate,
    make_job,
    upload,
)
from regulars.offers.model import ALPHABET, Look, UseCap, VoucherPool, Worth
from regulars.offers.pool_record import Figures, Liability, Pool, PoolEnded, figures, liability, pool, pools
from regulars.offers.returned import READER
from regulars.offers.scope import scope_of
from regulars.offers.signs import bare
from regulars.offers.using import (
    Checked,
    GivenBack,
    Used,
    cancel_redemption,
    redeem,
    release,
    reserve,
    validate,
)
from regulars.offers.voucher import (
    PREFIX,
    RESERVATION_PREFIX,
    USE_PREFIX,
    Code,
    History,
    Movement,
    Reservation,
    Use,
    code,
    codes,
    find,
    history,
    wallet,
)
from regulars.offers.words import sentence, worth_words

__all__ = [
    "ALPHABET",
    "AT_ONCE_MAX",
    "COUNT_MAX",
    "EVENTS",
    "MAKE",
    "POOL",
    "PREFIX",
    "READER",
    "RESERVATION_PREFIX",
    "SOURCES",
    "UPLOAD_MAX",
    "USE_PREFIX",
    "Asked",
    "Checked",
    "Code",
    "Figures",
    "GivenBack",
    "History",
    "KeyConflict",
    "Liability",
    "Look",
    "Movement",
    "NoCodesLeft",
    "NotUsable",
    "Pool",
    "PoolEnded",
    "Reason",
    "Reservation",
    "UnknownCode",
    "UnknownPool",
    "UnknownUse",
    "Uploaded",
    "Use",
    "UseCap",
    "Used",
    "VoucherPool",
    "Worth",
    "among",
    "bare",
    "cancel_redemption",
    "checked_count",
    "code",
    "codes",
    "erase",
    "expire_due",
    "figures",
    "find",
    "five_off",
    "generate",
    "gift_card",
    "held",
    "history",
    "issue",
    "launch_pool",
    "liability",
    "make_job",
    "named",
    "named_by",
    "pool",
    "pools",
    "redeem",
    "release",
    "reserve",
    "scope_of",
    "sentence",
    "upload",
    "validate",
    "wallet",
    "welcome_code",
    "withdraw",
    "worth_words",
]
