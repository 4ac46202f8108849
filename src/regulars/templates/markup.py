"""From what an author writes to the HTML that is sent: MJML compiled, styles put where they are needed."""

import re
from functools import cache
from html import escape

import css_inline
from mjml import mjml2html

from regulars.kernel import CallerError
from regulars.templates.masking import LIQUID, WORD, Masked, has_bare_liquid, masked

STYLE = re.compile(r"<style\b", re.IGNORECASE)
DEFAULTS = re.compile(r"<mj-attributes\b.*?</mj-attributes>", re.DOTALL)  # Of elements that may not be there.
LEFT_OVER = re.compile(r"</?(mj-[a-z-]+|mjml)\b")
BODY = re.compile(r"<body\b(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.IGNORECASE)
UNSEEN = "display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;font-size:1px;line-height:1px"
FILLER = "&#847;&zwnj;&nbsp;" * 30  # Else mail programs go on with the first words of the message.
EMPTY_STYLE = re.compile(r"<style[^>]*>\s*</style>")
# A loop over rows that begins before the body of the table is there would repeat the body's beginning.
ROWS = re.compile(r"(<table\b[^>]*>\s*)((?:<!--lqd\d+x-->\s*)+<tr\b)", re.IGNORECASE)


class Unreadable(CallerError):
    """What was written is no MJML."""

    code = "messaging.mjml"


def compiled(source: str) -> str:
    """Return the HTML of an MJML text with its Liquid in place, styles inlined; raises Unreadable."""
    taken = masked(source, mjml=True)
    try:
        html = mjml2html(taken.markup, fonts={})
    except (ValueError, TypeError) as cause:
        raise Unreadable(f"The MJML cannot be read: {_told(taken, str(cause))}.") from cause
    if left := LEFT_OVER.search(html):
        raise Unreadable(
            f"MJML has no element {left[1]!r} at this place; it is left as it stands and not drawn."
        )
    lost = sorted(_words(DEFAULTS.sub("", taken.markup)) - _words(html))
    if lost:
        said = taken.pieces[lost[0]]
        raise Unreadable(f"{said[:80]} stands where MJML calculates or leaves out; write a value there.")
    return taken.restored(_styled(html))


def inlined(source: str) -> str:
    """Return the HTML with its style sheets put into the elements, and its Liquid bound to where it stands.

    A text without style sheets keeps its form.
    """
    taken = masked(source)
    return taken.restored(_styled(taken.markup) if STYLE.search(source) else taken.markup)


def with_preheader(html: str, preheader: str) -> str:
    """Return the HTML with the preheader first, unseen in the message itself."""
    said, at = [], 0
    for piece in LIQUID.finditer(preheader):
        said += [escape(preheader[at : piece.start()]), piece[0]]
        at = piece.end()
    said.append(escape(preheader[at:]))
    hidden = f'<div style="{UNSEEN}">{"".join(said)}{FILLER}</div>'
    body = BODY.search(html)
    place = body.end() if body else 0
    return html[:place] + hidden + html[place:]


def _styled(html: str) -> str:
    """Inline the styles; what only a style sheet can say, such as dark colours, stays in one."""
    if has_bare_liquid(html):
        return html  # Of two attributes, one in each branch of an if, only one would be left.
    html = ROWS.sub(r"\1<tbody>\2", html)
    try:
        made = _inliner().inline(html)
    except css_inline.InlineError:
        return html
    # Liquid in a rule that is not understood would be lost: rather no inlining.
    if _words_in_place(made) != _words_in_place(html) or _words(made) != _words(html):
        return html
    return EMPTY_STYLE.sub("", made)


def _words(html: str) -> set[int]:
    return {int(found[1]) for found in WORD.finditer(html)}


def _words_in_place(html: str) -> list[str]:
    """The Liquid outside of style sheets and styles, which are copied to where they hold."""
    body = re.sub(r"<style\b.*?</style>|\sstyle=(?:\"[^\"]*\"|'[^']*')", "", html, flags=re.DOTALL)
    return [found[0] for found in WORD.finditer(body)]


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        keep_style_tags=True, remove_inlined_selectors=True, load_remote_stylesheets=False
    )


def _told(taken: Masked, said: str) -> str:
    return taken.said(said.replace(" in root template", ""))[:200]
