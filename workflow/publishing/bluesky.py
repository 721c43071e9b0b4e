"""Bluesky, by the AT Protocol (https://atproto.com, lexicon app.bsky.feed.post).

A post is a record under a key of our own, put with `swapRecord: null` ("only where nothing stands"). The same again
changes nothing, and another record under that key is refused, so that a repeated call cannot double a post.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from workflow.publishing.base import (
    Account,
    NotAsApproved,
    OutcomeUnknown,
    Outgoing,
    Picture,
    Published,
    Publisher,
    PublishError,
    Retryable,
)

# The SDK takes more than a second to import, so what needs it is imported where it is used.
if TYPE_CHECKING:
    from workflow.publishing.bluesky_session import Sessions, SignedIn

Result = TypeVar("Result")
COLLECTION = "app.bsky.feed.post"
MAX_BYTES = 3_000  # of text, beside the 300 characters
MAX_PICTURE = 2_000_000
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


class Bluesky(Publisher):
    """Posts under record keys of our own. What is kept as payload is the call's exact body, beside the account's state.

    `payload["body"]` is the body of com.atproto.repo.putRecord. `payload["rev"]` is the account's revision before the
    first try: as long as it is the same, nothing has been put there or deleted meanwhile.
    """

    network = "bluesky"
    name = "Bluesky"
    limit = 300
    max_pictures = 4
    needs_secret = True
    safe_to_repeat = True

    def problems(self, outgoing: Outgoing) -> list[str]:
        """Why Bluesky would refuse this, in sentences; asks nobody."""
        found = super().problems(outgoing)
        length = len(outgoing.text.encode())
        if length > MAX_BYTES:
            found.append(
                f"the text takes {length:,} bytes; the most is {MAX_BYTES:,}. Use fewer emoji, or fewer letters beyond "
                "a to z, or leave the channel out."
            )
        for number, picture in enumerate(outgoing.pictures, 1):
            if picture.size > MAX_PICTURE:
                found.append(
                    f"picture {number} has {picture.size:,} bytes; the most is {MAX_PICTURE:,}. Save it smaller, or as "
                    "JPEG, or leave the channel out."
                )
        return found

    def key(self, identity: str, at: datetime) -> str:
        """A TID (https://atproto.com/specs/tid): the moment of approval, and ten bits of the identity's hash."""
        micros = int(at.timestamp() * 1_000_000)
        clock = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:2]) & 0x3FF
        number = (micros << 10) | clock
        return "".join(_TID_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))

    def payload(self, outgoing: Outgoing, key: str, created_at: datetime, account: Account) -> dict[str, Any]:
        """The record, down to the pictures' content identifiers, and the account's revision. Asks who is mentioned."""
        problems = self.problems(outgoing)
        if problems:
            raise PublishError(f"Bluesky would refuse it: {' '.join(problems)}")

        def ask(account: SignedIn) -> dict[str, Any]:
            record = _record(outgoing, account.client.detect_facets(outgoing.text), created_at)
            body = {"repo": account.did, "collection": COLLECTION, "rkey": key, "record": record, "swapRecord": None}
            return {"body": body, "rev": _revision(account, account.did)}

        return _ask(account, ask)

    def publish(self, account: Account, payload: dict[str, Any], pictures: Sequence[Picture]) -> Published:
        """Uploads the pictures and puts the record."""
        from atproto.exceptions import RequestErrorBase  # type: ignore[import-untyped]

        from workflow.publishing.bluesky_session import error_name

        body, images = payload["body"], _images(payload)
        # As raw JSON: the SDK's models leave null out, and putRecord without `swapRecord` overwrites what is there.
        content = json.dumps(body, ensure_ascii=False).encode()

        def upload(signed_in: SignedIn) -> None:
            if signed_in.did != body["repo"]:
                raise PublishError(
                    f"The channel signs in to another account ({signed_in.handle}) than the one that the post was "
                    "prepared for. Give it the old account again, or propose the post anew."
                )
            for image, picture in zip(images, pictures, strict=True):
                answer: Any = signed_in.client.invoke_procedure(
                    "com.atproto.repo.uploadBlob", content=picture.content, input_encoding=picture.media_type
                ).content
                if answer["blob"] != image["image"]:
                    raise PublishError("Bluesky did not keep a picture as it was approved, so nothing was published.")

        def put(signed_in: SignedIn) -> Any:
            try:
                return signed_in.client.invoke_procedure(
                    "com.atproto.repo.putRecord", content=content, input_encoding="application/json"
                ).content
            except RequestErrorBase as error:
                if error_name(error) == "InvalidSwap":
                    raise NotAsApproved(
                        f"Something else stands under the post's name. Look at {_address(payload)}."
                    ) from None
                raise

        _ask(account, upload)
        return _published(payload, _ask(account, put, sending=True))

    def find(self, account: Account, payload: dict[str, Any]) -> Published | None:
        """The record under our key. Where there is none, but the account has changed, it may have been deleted."""
        answer = _get(account, payload)
        if answer is not None:
            return _published(payload, answer)
        revision = _ask(account, lambda signed_in: _revision(signed_in, payload["body"]["repo"]))
        if revision != payload["rev"]:
            raise OutcomeUnknown(
                "An earlier try may have arrived and been deleted since: it is not there, but something has changed on "
                "the account meanwhile. Look at the account, then say whether it is live."
            )
        return None

    def compare(self, account: Account, payload: dict[str, Any]) -> None:
        """Reads the record back; it has to be the same in all its parts."""
        answer = _get(account, payload)
        if answer is None:
            raise NotAsApproved("Bluesky said that it took the post, but it is not there. Look at the account.")
        sent, found = payload["body"]["record"], answer["value"]
        if found != sent:
            differing = _differences(sent, found)
            raise NotAsApproved(f"On Bluesky, not all is as approved: {differing}. Look at {_address(payload)}.")

    def test(self, account: Account) -> str:
        """Signs in anew, so that it is the password that is tried."""
        return f"Signed in to Bluesky as {_sessions().sign_in(account).handle}."


@lru_cache(maxsize=1)
def _sessions() -> Sessions:
    from workflow.publishing.bluesky_session import Sessions

    return Sessions()


def _ask(account: Account, work: Callable[[SignedIn], Result], *, sending: bool = False) -> Result:
    from workflow.publishing.bluesky_session import failures

    with failures(account, sending=sending):
        return _sessions().use(account, work)


def _record(outgoing: Outgoing, facets: Sequence[Any], created_at: datetime) -> dict[str, Any]:
    at = created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: dict[str, Any] = {"$type": COLLECTION, "text": outgoing.text, "createdAt": at, "langs": [outgoing.language]}
    if facets:
        record["facets"] = [facet.model_dump(mode="json", by_alias=True, exclude_none=True) for facet in facets]
    if outgoing.pictures:
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [_image(one) for one in outgoing.pictures]}
    return record


def _image(picture: Picture) -> dict[str, Any]:
    # The server's own name of the picture (CIDv1: raw bytes, SHA-256, base32) is known before it is uploaded.
    digest = b"\x01\x55\x12\x20" + hashlib.sha256(picture.content).digest()
    link = "b" + base64.b32encode(digest).decode().lower().rstrip("=")
    return {
        "alt": picture.alt_text,
        "image": {"$type": "blob", "ref": {"$link": link}, "mimeType": picture.media_type, "size": picture.size},
        "aspectRatio": {"width": picture.width, "height": picture.height},
    }


def _images(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return list(payload["body"]["record"].get("embed", {}).get("images", ()))


def _revision(signed_in: SignedIn, did: str) -> str:
    """The account's revision: another one after each change, ours or not."""
    return str(signed_in.client.com.atproto.sync.get_latest_commit({"did": did}).rev)


def _get(account: Account, payload: dict[str, Any]) -> dict[str, Any] | None:
    """What com.atproto.repo.getRecord answers; None where nothing stands under our key."""
    from atproto.exceptions import RequestErrorBase
    from atproto.models import ComAtprotoRepoGetRecord  # type: ignore[import-untyped]

    from workflow.publishing.bluesky_session import error_name

    body = payload["body"]

    def get(signed_in: SignedIn) -> Any:
        params = ComAtprotoRepoGetRecord.Params(repo=body["repo"], collection=body["collection"], rkey=body["rkey"])
        try:
            return signed_in.client.invoke_query("com.atproto.repo.getRecord", params=params).content
        except RequestErrorBase as error:
            if error_name(error) == "RecordNotFound":
                return None
            raise

    answer = _ask(account, get)
    if answer is not None and not (isinstance(answer, dict) and isinstance(answer.get("value"), dict)):
        raise Retryable("Bluesky could not be asked: the answer makes no sense.")
    return answer


def _published(payload: dict[str, Any], answer: Any) -> Published:
    body = payload["body"]
    uri = f"at://{body['repo']}/{body['collection']}/{body['rkey']}"
    if not isinstance(answer, dict) or answer.get("uri") != uri:
        raise OutcomeUnknown("Whether Bluesky took it is not known: the answer makes no sense.")
    kept = {name: answer[name] for name in ("uri", "cid", "commit", "validationStatus") if name in answer}
    return Published(uri, _address(payload), kept)


def _address(payload: dict[str, Any]) -> str:
    """For people. By the account's permanent name, so that it lasts when the handle changes."""
    return f"https://bsky.app/profile/{payload['body']['repo']}/post/{payload['body']['rkey']}"


def _differences(sent: dict[str, Any], found: dict[str, Any]) -> str:
    """Which parts differ, for people."""
    parts = {"text": "the text", "langs": "the language", "facets": "its links", "createdAt": "the time"}
    differing = [said for name, said in parts.items() if sent.get(name) != found.get(name)]
    if sent.get("embed") != found.get("embed"):
        differing.append("the pictures or their descriptions")
    return " and ".join(differing) or "a part that Teabreak did not send"
