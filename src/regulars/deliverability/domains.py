"""What a channel sends under: its domains, its keys and the hosts that send, as its definition says."""

from dataclasses import dataclass

from regulars import definitions
from regulars.channels import CHANNEL, ChannelBody, place_of
from regulars.db import Tx

HEADS_MAX = 200

# Providers let us pass by their own names; their hosts' addresses are not those that mail leaves by.
INCLUDES = (
    (".amazonaws.com", "amazonses.com"),
    (".sendgrid.net", "sendgrid.net"),
    (".sendgrid.com", "sendgrid.net"),
    (".mailgun.org", "mailgun.org"),
    (".mailgun.net", "mailgun.org"),
    (".postmarkapp.com", "spf.mtasv.net"),
    (".gmail.com", "_spf.google.com"),
    (".google.com", "_spf.google.com"),
    (".office365.com", "spf.protection.outlook.com"),
    (".outlook.com", "spf.protection.outlook.com"),
    (".brevo.com", "spf.brevo.com"),
    (".mailjet.com", "spf.mailjet.com"),
    (".sparkpostmail.com", "_spf.sparkpostmail.com"),
    (".mandrillapp.com", "spf.mandrillapp.com"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingDomain:
    channel: str  # Key of the channel.
    title: str
    domain: str  # Of the address that readers see.
    signing: tuple[tuple[str, str], ...]  # Domain and selector of each key that signs.
    bounce_domain: str  # Of the envelope; the reader's where none is declared.
    tracking_domain: str = ""
    hosts: tuple[str, ...] = ()  # Mail servers of our own that send.
    includes: tuple[str, ...] = ()  # Names of providers' records.


def include_of(host: str) -> str | None:
    return next((name for end, name in INCLUDES if f".{host.lower()}".endswith(end)), None)


def sending_domain(key: str, body: ChannelBody) -> SendingDomain | None:
    """Of the definition of a channel; None of one that sends no mail from an address."""
    domain = body.from_address.rpartition("@")[2].lower().rstrip(".")
    if body.medium != "email" or "." not in domain:
        return None
    hosts = dict.fromkeys(str(getattr(one, "host", "")).lower() for one in body.providers)
    own = [host for host in hosts if host and not include_of(host)]
    includes = [include_of(place_of(one).partition(":")[0]) for one in body.providers]
    return SendingDomain(
        channel=key,
        title=body.title,
        domain=domain,
        signing=tuple((one.domain.lower(), one.selector.lower()) for one in body.dkim),
        bounce_domain=body.bounce_domain.lower() or domain,
        tracking_domain=body.tracking_domain.lower(),
        hosts=tuple(own),
        includes=tuple(dict.fromkeys(one for one in includes if one)),
    )


def sending_domains(tx: Tx) -> list[SendingDomain]:
    """Of every channel that is live or being drafted, in the order of their keys."""
    found = {}
    for head in definitions.heads(tx, kind=CHANNEL.name, limit=HEADS_MAX).items:
        live = definitions.live(tx, CHANNEL, head.key)
        body = (live or definitions.get(tx, CHANNEL, head.key)).body
        found[head.key] = sending_domain(head.key, body)
    return [one for _, one in sorted(found.items()) if one is not None]
