"""What stands around a passage and makes it less of a concern: a public outcome, an attributed quotation, a stated
consent, permission or publication. It lowers a finding and says what was seen; it never raises or removes one.

docs/decisions/0009-what-stands-around-a-passage.md has the figures behind the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Final

from workflow.checks.finding import Finding
from workflow.checks.view import View

#: What a finding is worth at most once its context speaks for it: "please check".
AT_MOST: Final = 0.5

_REACH: Final = 300


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The score that is left, and what was seen, in words for people."""

    score: float
    reason: str


def in_context(view: View, found: Iterable[Finding]) -> list[Finding]:
    """The findings of the view's text, lowered where what stands around them speaks for them."""
    return [_adjusted(view, finding) for finding in found]


def adjustment(view: View, clause: str, start: int, end: int, score: float) -> Adjustment | None:
    """What the words around the view's passage change for a finding under `clause`; None: nothing."""
    rule = _RULES.get(clause)
    if rule is None:
        return None
    seen, reason = rule
    return Adjustment(min(score, AT_MOST), reason) if seen(view, start, end) else None


def _adjusted(view: View, finding: Finding) -> Finding:
    if finding.clause not in _RULES:
        return finding
    start, end = view.place(finding.start, finding.end)
    change = adjustment(view, finding.clause, start, end, finding.score)
    if change is None:
        return finding
    return replace(finding, score=change.score, why=f"{finding.why} {change.reason}")


# A public outcome, and who says so

_BODY: Final = (
    r"(?:courts?|magistrates|judge|jury|coroner|inquests?|tribunal|ombudsman|inspect(?:or|ors|orate|ion)"
    r"|regulator|inquiry"
    r"|Ofsted|Ofcom|Estyn|CQC|HSE|ICO|ONS|HMICFRS|HMRC|DVSA|Ofgem|Ofwat|Environment Agency|Trading Standards)"
)
_OUTCOME: Final = re.compile(
    r"(?i)\b(?:(?:was|were|been|being|is|are|got|and|has|have|,) (?:\w+ )?"
    r"(?:convicted|jailed|sentenced|fined|imprisoned|banned|disqualified|struck off|found guilty|prosecuted)"
    r"|(?:convicted|jailed|sentenced|fined|disqualified|banned|imprisoned) (?:at|by|for|of|after|from|over|£"
    r"|in|to|following)"
    r"|(?:pleaded|pled|plead|found|admitted|pleading) (?:\w+ )?guilty|admitted (?:\w+ ){0,3}(?:charges?"
    r"|offences?|counts?|breach\w*)"
    r"|(?:guilty|suspended|community|prison|custodial) (?:plea|sentence|order|verdict)"
    r"|(?:prison|jail) term|(?:ordered|made) to (?:pay|do|carry out)|successful prosecution"
    rf"|{_BODY} (?:\w+ ){{0,3}}(?:found|heard|ruled|concluded|recorded|ordered|rated|upheld|fined|jailed"
    rf"|convicted|sentenced|says?|said|reports?|published)"
    r"|(?:rated|judged|graded) (?:it |them |as )?(?:inadequate|requires improvement|good|outstanding|zero|0"
    r"|one|1|two|2)"
    rf"|according to (?:the )?(?:\w+ ){{0,3}}(?:{_BODY}|census|report|figures)"
    r"|(?:published|public) (?:\w+ ){0,3}(?:inspection|judgment|judgement|ruling|findings|register))\b"
)
_NO_OUTCOME: Final = re.compile(
    r"(?i)\b(?:should|ought to|deserves? to|must|could|would|might|may|hope|hoping|want|wants|wish|will|going to|gonna"
    r"|due|awaiting|waiting|pending|until|before|never|not|wasn't|weren't|isn't|yet to|if|nobody|no one"
    r"|about to|expected to|set to|any day|instead of|rather than|got away|acquitted|cleared)\b"
)


def _names_an_outcome(view: View, start: int, end: int) -> bool:
    """Whether a public outcome stands in the passage's sentence, or one beside it, as something that has happened."""
    first, last = view.sentences(start, end, before=1, after=1, reach=_REACH)
    return _stands(_OUTCOME, _NO_OUTCOME, view.text[first:last])


def _stands(pattern: re.Pattern[str], unless: re.Pattern[str], words: str) -> bool:
    """Whether `pattern` fits somewhere with no word of `unless` close before it or in it."""
    return any(not unless.search(words[max(0, hit.start() - 30) : hit.end()]) for hit in pattern.finditer(words))


# A quotation with its source

_QUOTED: Final = re.compile(r'"[^"\n]{3,600}"|(?<![\w\'])\'(?=[^\n]{0,40} )(?:[^\'\n]|(?<=\w)\'(?=\w)){3,600}\'(?!\w)')
#: A text with more quotations than that is the work of a joker.
_MOST_QUOTATIONS: Final = 200
_SAYS: Final = (
    r"(?:said|says|tells|told|adds|added|explains?|explained|comments?|commented|writes|wrote|replied|recalls?|reckons"
    r"|remembers?|put it|quoted|thanked|admits|admitted|concluded|found|ruled)"
)
_NOBODY: Final = (
    r"(?!(?:I|We|He|She|They|It|You|This|That|These|Those|My|Our|The|And|But|So|As|A|An|One|Some|Someone|Somebody"
    r"|Another|Many|Most|Every|Everyone|No|Nobody|People|Residents?|Locals?|Parents?|Tenants?|Staff|Customers?)\b)"
)
_SOURCE: Final = (
    rf"(?:(?<!\w){_NOBODY}[A-Z][\w'-]{{1,20}}"
    r"|(?:[Tt]he |[Oo]ur )?(?:\w+ )?(?:judge|court|coroner|inspectors?|inspection|report|inquest|jury|leader|mayor"
    r"|minister|chair|chief executive|headteacher|spokes(?:person|man|woman)))"
)
_BEFORE: Final = re.compile(
    rf"(?:{_SOURCE}[^\"\n]{{0,60}}\b{_SAYS}\b[^\"\n.!?]{{0,40}}|{_SOURCE}[^\"\n.!?]{{0,60}}"
    rf"|[Aa]ccording to {_SOURCE}[^\"\n.!?]{{0,40}}"
    rf"|\b{_SAYS} (?:[a-z]+ ){{0,4}}{_SOURCE}[^\"\n.!?]{{0,40}})[:,]\s*$"
)
_AFTER: Final = re.compile(
    rf"^[,.]?\s*(?:(?:{_SAYS}|according to) (?:[a-z'-]+ ){{0,4}}{_SOURCE}"
    rf"|{_SOURCE}(?: [A-Z][\w'-]+){{0,3}}(?:,[^\"\n.]{{0,60}},)? {_SAYS}\b"
    rf"|[-~]+ ?{_SOURCE}|\({_SOURCE}[^)\n]{{0,60}}\))"
)


@lru_cache(maxsize=8)
def _attributed(text: str) -> tuple[tuple[int, int], ...]:
    """The quotations in a view's text that name who says so, by place."""
    return tuple(_attributed_in(text))


def _attributed_in(text: str) -> Iterator[tuple[int, int]]:
    for quoted in islice(_QUOTED.finditer(text), _MOST_QUOTATIONS):
        before, after = text[max(0, quoted.start() - 120) : quoted.start()], text[quoted.end() : quoted.end() + 120]
        if _BEFORE.search(before) or _AFTER.search(after):
            yield quoted.span()


def _in_attributed_quotation(view: View, start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in _attributed(view.text))


# Consent, permission, publication

_CONSENT: Final = re.compile(
    r"(?i)\b(?:(?:with|by) (?:\w+'?s? ){0,5}(?:permission|consent|blessing|agreement)"
    r"|(?:permission|consent) (?:\w+ ){0,3}(?:given|granted|recorded|obtained|signed|held|on file|from"
    r"|received|to share)"
    r"|(?:has|have|had) (?:\w+ ){0,3}(?:consented|agreed to (?:us |let |be )?(?:shar|tell|post|publish|named"
    r"|appear|photograph)\w*|given (?:\w+ ){0,3}(?:permission|consent)|signed (?:\w+ ){0,3}(?:form|consent))"
    r"|(?:gave|given|got|have|has) (?:\w+ ){0,4}(?:permission|consent)|consented to|signed consent"
    r"|shared (?:here )?at (?:\w+'?s? ){0,4}request|asked us to (?:share|tell|post|say))\b"
)
_NO_CONSENT: Final = re.compile(
    r"(?i)\b(?:without|no|not|never|nobody|didn't|doesn't|haven't|hasn't|isn't|wasn't|don't|won't|will|need"
    r"|needs|ask|asking"
    r"|pending|awaiting|unless|until|before|if|whether|should|probably|assume|assuming|hope|hoping)\b"
)
_LICENCE: Final = re.compile(
    r"(?i)(?:\bCC[ -](?:BY|0|zero)\b|\bCC0\b|\bcreative commons\b|\bpublic domain\b"
    r"|\bopen (?:government )?licen[cs]e\b|\bOGL\b"
    r"|\bout of copyright\b|\broyalty[- ]free\b|\b(?:used|shared|reproduced|reposted|posted"
    r"|published) (?:here )?(?:with|by|under) "
    r"(?:\w+'?s? ){0,5}(?:permission|consent|licen[cs]e|agreement)\b|\bwith (?:\w+'?s? ){0,5}permission\b"
    r"|\bpermission (?:\w+ ){0,3}(?:given|granted|from|obtained|to (?:share|use|post))\b|\blicen[cs]ed (?:from"
    r"|by|to|under|for)\b"
    r"|\b(?:photos?|pictures?|pics?|images?|videos?|film|footage|artwork|words"
    r"|poem)(?: credit)?(?: by)?: ?(?:our own|own|ours|us|staff|our)\b"
    r"|\b(?:taken|filmed|made|drawn|written) by our (?:own )?(?:staff|team|officers?|crew|volunteers?|photographer)\b"
    r"|\bour own (?:photos?|pictures?|images?|videos?|film|footage|artwork)\b|\bwe (?:own|hold"
    r"|have) the (?:rights|licen[cs]e)\b"
    r"|\bcommissioned\b)"
)
_LINK: Final = re.compile(
    r"(?i)\bon (?:our|the) (?:\w+ )?(?:web)?site\b|\bhttps?://\S|\bwww\.\S|\b[a-z0-9-]+\.(?:gov\.uk|gov"
    r"|nhs\.uk|org\.uk|police\.uk|co\.uk|org|com|example)\b"
)
_PUBLIC: Final = re.compile(
    r"(?i)\b(?:(?:published|announced|released|launched|made public|confirmed|went live|approved at (?:a )?public) "
    r"(?:\w+ ){0,4}(?:today|yesterday|this morning|this week|last (?:week|month|night|year)|in (?:january"
    r"|february|march|april"
    r"|may|june|july|august|september|october|november|december)|on (?:our|the) (?:\w+ ){0,2}(?:web)?site|online)"
    r"|(?:today|yesterday|this morning|we have|we've|has been|have been|was|were|already|just"
    r"|now) (?:\w+ ){0,2}(?:published|public|live|online)"
    r"|(?:full|published) (?:report|figures|minutes|papers|agenda|data|results"
    r"|judgment) (?:\w+ ){0,4}(?:online|here|at|on|:)"
    r"|(?:public|published) (?:record|register|minutes|papers|agenda|report|figures|data|domain)"
    r"|in the public domain)\b"
)
_NOT_PUBLIC: Final = re.compile(
    r"(?i)\b(?:not|isn't|hasn't|haven't|wasn't|never|before|until|till|ahead of|will|to be|going to|tomorrow"
    r"|due|yet|embargo\w*"
    r"|unpublished|once|when|soon|should|supposed|meant|draft|don't|won't|can't|leak\w*|sneak|early|next week"
    r"|next month)\b"
)


def _states_consent(view: View, start: int, end: int) -> bool:
    return _stands(_CONSENT, _NO_CONSENT, _near(view, start, end))


def _states_a_licence(view: View, start: int, end: int) -> bool:
    return _stands(_LICENCE, _NO_CONSENT, _near(view, start, end))


def _says_it_is_public(view: View, start: int, end: int) -> bool:
    """Whether the sentences around say that this is published, and lead to where."""
    first, last = view.sentences(start, end, before=1, after=2, reach=_REACH)
    words = view.text[first:last]
    return _stands(_PUBLIC, _NOT_PUBLIC, words) and _LINK.search(_near(view, start, end)) is not None


def _near(view: View, start: int, end: int) -> str:
    return view.text[max(0, start - _REACH) : end + _REACH]


#: By clause: what has to be seen around the passage, and the sentence that says so.
_RULES: Final = {
    "defamation": (
        _names_an_outcome,
        "The post names the outcome of a court or another public body: check that it is right, and final.",
    ),
    "personal-opinion": (
        _in_attributed_quotation,
        "The words stand in a quotation that names its source: check that it was said so, and may be repeated here.",
    ),
    "personal-information": (
        _states_consent,
        "The post speaks of consent: put it on record, with who gave it, what for, and until when.",
    ),
    "copyright": (
        _states_a_licence,
        "The post names a licence or permission: check that it covers this use, and keep the proof.",
    ),
    "confidentiality": (
        _says_it_is_public,
        "The post says that this is public and links to it: check that the link shows it.",
    ),
}
#: The clauses whose findings a context may lower.
CLAUSES: Final = tuple(_RULES)
