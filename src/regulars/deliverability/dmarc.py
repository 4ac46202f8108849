"""DMARC: the policy that counts for a domain, found by walking up its names, and who agrees with it."""

from regulars.deliverability.asking import Asker

LABELS_MIN = 2


def dmarc_of(asker: Asker, domain: str) -> tuple[str, str]:
    """The name whose policy counts and its text; without one, the domain itself and nothing."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - LABELS_MIN + 1)):
        name = ".".join(labels[start:])
        found = [one for one in asker.ask(f"_dmarc.{name}", "TXT") if one.lower().startswith("v=dmarc1")]
        if len(found) == 1:  # Of several none counts.
            return name, found[0]
    return domain, ""


def is_aligned(other: str, domain: str, organisation: str, *, strict: bool) -> bool:
    """Whether a domain that was proven speaks for the sender's.

    >>> is_aligned("mail.shop.example", "shop.example", "shop.example", strict=False)
    True
    >>> is_aligned("mail.shop.example", "shop.example", "shop.example", strict=True)
    False
    """
    if strict or other == domain:
        return other == domain
    return f".{other}".endswith(f".{organisation}") or f".{domain}".endswith(f".{other}")
