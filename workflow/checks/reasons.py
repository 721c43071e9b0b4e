"""Why findings were dismissed, in a few kinds that can be counted: the reasons themselves may name people."""

from __future__ import annotations

import re
from typing import Final

OTHER: Final = "another reason"

#: Kind, and the words of a reason that mean it; the first kind that fits counts.
_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for kind, words in (
        ("somebody agreed to it", r"consent\w*|agreed?|agrees|permission|permitted|licen[cs]ed?|signed"),
        (
            "it is public already",
            r"(?:is|are|was|were|already|made) public|public (?:already|record|register|domain)|published|publicly"
            r"|announced|website|press release|already out|well known|widely known",
        ),
        (
            "it is about somebody in office, or the agency itself",
            r"office|officers?|officials?|councillors?|cllr|mayor|minister|chair|chief|head of|spokes\w+|our own|ours?",
        ),
        ("it quotes somebody", r"quot\w+|title|song|saying"),
        (
            "the words mean something else",
            r"mean\w*|context|ordinary|harmless|idiom|figure of speech|joke|name of|street|place|not an?|not about"
            r"|no (?:person|one)|nobody|not personal|no names?",
        ),
        ("it is a false alarm", r"false alarm|wrong|mistake\w*|does not apply|doesn't apply|fine|nothing"),
    )
)


def kind_of(reason: str) -> str:
    """The kind of a reason that somebody wrote, OTHER where its words say none."""
    plain = reason.replace("’", "'")
    return next((kind for kind, words in _KINDS if words.search(plain)), OTHER)
