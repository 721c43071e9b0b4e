"""The form of links: nothing is opened, so this says nothing of where they lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.house.draft import Draft, Remark, quoted
from workflow.checks.mark import words

_ADDRESS: Final = re.compile(r"(?i)(?<![\w@])https?://[^\s<>\"“”]{3,}")
_CLOSING: Final = ".,;:!?)]}'’*_"

# Names of query parts that tell apart who clicked and where: the campaign tags of Google Analytics, and the click
# identifiers of advertisers and networks.
_TRACKS: Final = re.compile(
    r"(?i)utm_\w+|fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|twclid|ttclid|yclid|li_fat_id|igshid|igsh"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|vero_id|oly_enc_id|oly_anon_id|ref_src|ref_url|s_cid"
)
_SHORTENERS: Final = words(
    """bit.ly bitly.com tinyurl.com t.co goo.gl ow.ly buff.ly is.gd v.gd rb.gy cutt.ly shorturl.at tiny.cc lnkd.in
    dlvr.it trib.al fb.me t.ly s.id shorte.st bl.ink rebrand.ly soo.gd qrco.de n9.cl urlz.fr short.io adf.ly x.gd"""
)
_SHORT: Final = re.compile(
    rf"(?i)(?<![\w.@/-])(?:https?://)?(?:www\.)?(?:{'|'.join(map(re.escape, sorted(_SHORTENERS)))})/[\w-]+"
)
_EMPTY_WORDS: Final = re.compile(
    r"(?i)\b(?:(?:click|tap|press) (?:here|below|the (?:link|button)|on (?:this|the) link|this link)"
    r"|link in (?:our |the )?bio|(?:follow|see|use) (?:this|the) link(?: below)?)\b"
)
_NOTHING_BUT_A_LINK: Final = re.compile(r"\s*(https?://\S+)\s*\Z")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """The web addresses in a text, without the sign that closes the sentence around them."""
    for found in _ADDRESS.finditer(text):
        address = found[0]
        bare = address.rstrip(_CLOSING)
        if "(" in bare and address[len(bare) : len(bare) + 1] == ")":
            bare += ")"  # Wikipedia's addresses end so
        yield found.start(), found.start() + len(bare)


def find_http(draft: Draft) -> Iterator[Remark]:
    """Links without https."""
    for start, end in addresses(draft.text):
        address = draft.text[start:end]
        if address[:7].lower() == "http://":
            why = "This link begins with http. Others can read and change what travels on it, and browsers warn of it."
            yield Remark(start, end, why, f"Write https instead, and open it once: {quoted('https://' + address[7:])}.")


def find_tracking(draft: Draft) -> Iterator[Remark]:
    """Parts of links that follow people."""
    for start, end in addresses(draft.text):
        address = draft.text[start:end]
        before, asked, query = address.partition("?")
        query, mark, place = query.partition("#")
        parts = query.split("&")
        kept = [part for part in parts if not _TRACKS.fullmatch(part.partition("=")[0])]
        if asked and len(kept) < len(parts):
            clean = before + ("?" + "&".join(kept) if kept else "") + mark + place
            why = "The end of this link tells others who follows it, and from where."
            fix = f"Use the link without it: {quoted(clean)}. If the agency counts visits on purpose, leave it."
            yield Remark(start + len(before), end, why, fix)


def find_short(draft: Draft) -> Iterator[Remark]:
    """Links of services that shorten addresses."""
    for found in _SHORT.finditer(draft.text):
        why = "This link hides where it leads. People learn not to trust such links, and it ends with the service."
        yield Remark(*found.span(), why, "Use the full address; the networks show it shortened anyway.")


def find_words(draft: Draft) -> Iterator[Remark]:
    """Words for a link that say nothing about it."""
    for found in _EMPTY_WORDS.finditer(draft.text):
        why = f"The words {quoted(found[0])} do not say what the link leads to. Not everybody clicks or taps, either."
        yield Remark(
            *found.span(), why, "Say what people find there, as in “Apply for a permit:”, and put the link after it."
        )
    alone = _NOTHING_BUT_A_LINK.match(draft.text)
    if alone:
        yield Remark(*alone.span(1), "There is nothing but a link.", "Say what people find there.")
