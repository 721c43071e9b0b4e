"""The digest of a revision: SHA-256 over everything that would be published, in canonical JSON. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol


class PictureLike(Protocol):
    """What the digest takes of a picture."""

    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def alt_text(self) -> str: ...  # noqa: D102
    @property
    def decorative_because(self) -> str: ...  # noqa: D102


class RevisionLike(Protocol):
    """What the digest takes of a revision or a proposal. The reviewer's note is no part of it."""

    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def texts(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def channels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def pictures(self) -> Sequence[PictureLike]: ...  # noqa: D102
    @property
    def publish_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def link_card(self) -> Mapping[str, Any] | None: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the same bytes for the same value, everywhere."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(revision: RevisionLike) -> str:
    """SHA-256 in hex over text, texts, channels, pictures with their alternative texts, time, link card, language."""
    return hashlib.sha256(
        canonical(
            {
                "text": revision.text,
                "texts": {key: revision.texts[key] for key in revision.channels if key in revision.texts},
                "channels": sorted(revision.channels),
                "pictures": [
                    [picture.sha256, picture.alt_text, bool(picture.decorative_because)]
                    for picture in revision.pictures
                ],
                "publish_at": revision.publish_at.astimezone(UTC).isoformat() if revision.publish_at else None,
                "link_card": dict(revision.link_card) if revision.link_card else None,
                "language": revision.language,
            }
        )
    ).hexdigest()
