"""HTML as a person reads it: its text, with the address of each link whose words do not show it."""

import re
from urllib.parse import urlsplit

from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]  # ships no types
from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]  # ships no types
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # ships no types
from lxml.html import HtmlElement, document_fromstring  # type: ignore[import-untyped]  # ships no types

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\Z", re.IGNORECASE)


def text_of(html: str) -> str:
    """The text of an HTML document. Raises what lxml raises, many kinds, where that cannot be read."""
    html = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html).strip()  # lxml refuses text with a declared encoding
    if not html:
        return ""
    tree = document_fromstring(html)
    for link in tree.iter("a"):
        address = _address_to_show(link)
        if address:
            _append(link, f" ({address})")
    shown: str = Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"], display_links=False)).get_text()
    return shown


def _address_to_show(link: HtmlElement) -> str:
    """Where the link leads, as it stands; "" where its words show that, where there are none, or off the web."""
    address = (link.get("href") or "").strip()
    try:
        parts = urlsplit(address)
        leads_away = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    if not leads_away or re.search(r"\s", address):
        return ""
    words = " ".join("".join(link.itertext()).split())
    # Words that are an address themselves are the one that was meant: mail programs put others of their own behind it.
    if not words or _ADDRESS.match(words) or _bare(address) in _bare(words):
        return ""
    return address


def _bare(address: str) -> str:
    return re.sub(r"\A(?:https?://)?(?:www\.)?", "", address.lower()).rstrip("/")


def _append(link: HtmlElement, words: str) -> None:
    """Puts words at the end of a link's own, without the spaces that stood there: they go behind it."""
    last = link[-1] if len(link) else None
    before = (link.text if last is None else last.tail) or ""
    if before != before.rstrip():
        link.tail = " " + (link.tail or "")
    ended = before.rstrip() + words
    if last is None:
        link.text = ended
    else:
        last.tail = ended
