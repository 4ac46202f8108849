"""The last hand on messages: a pixel, and links that lead by us, for those alone who allow it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from regulars.channels import CHANNEL, Message
from regulars.db import Tx, run
from regulars.definitions import get, live
from regulars.messaging import Finish, Letter, Letters, Recipient, Source, tracking_allowed
from regulars.orders import linked_hosts
from regulars.responses.links import keep_links, key
from regulars.responses.rewriting import (
    Place,
    before_end,
    host_of,
    is_plain,
    lead_html,
    lead_text,
    links_of_text,
    places,
    read_href,
    target,
)
from regulars.responses.statements import SQL
from regulars.responses.tokens import PLACES, Key
from regulars.templates import TEMPLATE, Prepared, Template, prepared_for

# Under which address pixels and links of a source stand: that of its channel's tracking domain, or our own.
AddressOf = Callable[[Tx, Source], str]
PIXEL = (
    '<img src="{url}.gif" width="1" height="1" alt="" border="0" '
    'style="height:1px!important;width:1px!important;border:0!important;margin:0!important;padding:0!important">'
)
# Followed by programs that take every link; no reader sees it, and none hears it read out.
TRAP = '<a href="{url}" rel="nofollow" aria-hidden="true" tabindex="-1" style="display:none"></a>'


def address_of(own: str) -> AddressOf:
    """Under the tracking domain of the source's channel, where it has one, else under our own address."""

    def found(tx: Tx, source: Source) -> str:
        channel = live(tx, CHANNEL, source.channel)
        domain = channel.body.tracking_domain if channel is not None else ""
        return f"https://{domain.lower()}" if domain else own

    return found


def finish(placed: AddressOf, own_address: str) -> Finish:
    """A `Sender.finish`; links under `own_address` are our own pages and stay as they are."""

    def finished(tx: Tx, source: Source, messages: Sequence[Message]) -> Sequence[Message]:
        if not messages:
            return messages
        body = get(tx, TEMPLATE, source.template_key, source.template_version).body
        if not body.track:
            return [replace(one, tracked=False) if one.tracked else one for one in messages]
        tracked = [one for one in messages if one.tracked]
        if not tracked:
            return messages
        address = placed(tx, source)
        found = _Found(tuple({own_address, address}))
        _keep(tx, source, prepared_for(tx, body), tracked, found)
        run(tx, SQL.count, source_id=source.source_id, messages=len(tracked), at=tracked[0].at)
        hand = _Hand(key(tx), address, found)
        return [hand.led(one) if one.tracked else one for one in messages]

    return finished


def letters(inner: Letters, placed: AddressOf) -> Letters:
    """A `Sender.letters` whose messages can also be looked at as a page."""

    def made(tx: Tx, source: Source, to: Sequence[Recipient]) -> Mapping[int, Letter]:
        if not to:
            return inner(tx, source, to)
        sealing, given = key(tx), inner(tx, source, to)
        place = f"{placed(tx, source)}{PLACES['viewed']}/"
        counted = tracking_allowed(tx, [one.customer_id for one in to])
        with_view = {}
        for one in to:
            token = sealing.seal("viewed", one.send_id, tracked=one.customer_id in counted)
            letter = given.get(one.send_id, Letter())
            variables = {**letter.variables, "view_url": f"{place}{token}"}
            with_view[one.send_id] = replace(letter, variables=variables)
        return with_view

    return made


class _Found:
    """The targets of a batch, by how they are written: what stands in all messages is read once."""

    def __init__(self, own: tuple[str, ...]) -> None:
        self._own = own
        self.written: dict[str, str | None] = {}  # In HTML.
        self.said: dict[str, str | None] = {}  # In text.
        self.numbers: dict[str, int] = {}
        self.places: dict[int, list[Place]] = {}  # By send.
        self._plain: dict[int, bool] = {}  # By how many links there are: messages of one template are alike.

    def read(self, message: Message) -> list[str]:
        """The targets of a message's HTML, as they are written."""
        html = message.html or ""
        found = places(html, plain=True)
        if len(found) not in self._plain:
            self._plain[len(found)] = is_plain(html)
        if not self._plain[len(found)]:
            found = places(html)
        self.places[message.send_id] = found
        return [html[start:end] for start, end in found]

    def of_html(self, written: str) -> str | None:
        if written not in self.written:
            self.written[written] = target(read_href(written), self._own)
        return self.written[written]

    def of_text(self, said: str) -> str | None:
        if said not in self.said:
            self.said[said] = target(said, self._own)
        return self.said[said]


def _keep(tx: Tx, source: Source, template: Prepared, messages: Sequence[Message], found: _Found) -> None:
    own: dict[str, int | None] = {}
    written = _texts(template.body)
    for one in messages:
        html = ((said, found.of_html(said)) for said in found.read(one))
        text = ((said, found.of_text(said)) for said in (*links_of_text(one.text), one.link))
        for said, to in (*html, *text):
            if to is None:
                continue
            if to not in own:
                own[to] = None if said in written else one.customer_id
            elif own[to] != one.customer_id:
                own[to] = None
    found.numbers = keep_links(tx, source.source_id, _ours(tx, template, own))


def _ours(tx: Tx, template: Prepared, own: Mapping[str, int | None]) -> dict[str, int | None]:
    """Those that lead to hosts which the company itself wrote; others would lead anywhere in its name."""
    hosts = {to: host_of(to) for to in own}
    foreign = set(hosts.values()) - template.link_hosts
    if not foreign:
        return dict(own)
    foreign -= linked_hosts(tx, foreign)
    return {to: who for to, who in own.items() if hosts[to] not in foreign}


def _texts(body: Template) -> str:
    """All that the template says to everybody alike."""
    said = [body.html, body.mjml, body.text, body.link]
    for one in body.variants:
        said += [one.html, one.mjml, one.text, one.link]
    return "\n".join(part for part in said if part)


class _Hand:
    def __init__(self, sealing: Key, address: str, found: _Found) -> None:
        self._seal = sealing.seal
        self._click = f"{address}{PLACES['clicked']}/"
        self._open = f"{address}{PLACES['opened']}/"
        self._found = found

    def led(self, message: Message) -> Message:
        send_id, numbers, seal, click = message.send_id, self._found.numbers, self._seal, self._click

        def by(to: str | None) -> str | None:
            number = numbers.get(to) if to is not None else None
            return None if number is None else f"{click}{seal('clicked', send_id, number)}"

        html = message.html
        if html is not None:
            html = lead_html(
                html, self._found.places[send_id], lambda written: by(self._found.of_html(written))
            )
            trap = TRAP.format(url=f"{click}{seal('clicked', send_id)}")
            pixel = PIXEL.format(url=f"{self._open}{seal('opened', send_id)}")
            html = before_end(html, trap + pixel)
        text = lead_text(message.text, lambda said: by(self._found.of_text(said)))
        link = by(self._found.of_text(message.link)) or message.link if message.link else message.link
        return replace(message, html=html, text=text, link=link)
