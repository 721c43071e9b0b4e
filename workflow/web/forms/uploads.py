"""Pictures that were uploaded and are not part of a post yet.

They stand in the file store; the page carries what is known of each in a signed hidden field, bound to the person who
uploaded it. So no error loses an upload, nothing has to be chosen twice, and nobody can name a file that is not theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from workflow.review.pictures import Refused, accept
from workflow.review.proposal import MAX_PICTURES, NewPicture, Problem
from workflow.web.context import actor, current

_MONTH = 30 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture in the form: the picture itself, and the field that carries it to the next try."""

    picture: NewPicture
    token: str

    @property
    def preview(self) -> str:
        """A token for the picture's address: without what its file said, as addresses stand in logs."""
        return token_of(replace(self.picture, carried=None))


def token_of(picture: NewPicture) -> str:
    """The picture as a signed string, good for whoever is signed in now."""
    facts = [picture.sha256, picture.name, picture.media_type, picture.size, picture.width, picture.height]
    return _serializer().dumps([actor().id, *facts, *([dict(picture.carried)] if picture.carried else [])])


def picture_of(token: str) -> NewPicture | None:
    """The picture again; None where the token is another person's, changed or too old, or the file is gone."""
    try:
        person_id, *facts = _serializer().loads(token, max_age=_MONTH)
    except BadData:
        return None
    shown, carried = facts[:6], facts[6:]
    picture = replace(NewPicture(*shown), carried=carried[0] if carried else None)
    return picture if person_id == actor().id and current().files.has(picture.sha256) else None


def take_uploads(field: str, already: int) -> tuple[list[Uploaded], list[Problem]]:
    """Stores the pictures that this request brought, as far as there is room; says which were not taken, and why."""
    taken: list[Uploaded] = []
    problems: list[Problem] = []
    most = current().settings.max_picture_megabytes * 1_000_000
    for file in request.files.getlist(field):
        content = file.stream.read()
        if not file.filename and not content:
            continue  # browsers send an empty part where nothing was chosen
        if already + len(taken) >= MAX_PICTURES:
            problems.append(Problem(field, f"{MAX_PICTURES} pictures are the most. The others were not taken."))
            break
        try:
            picture = accept(current().files, file.filename or "", content, most)
        except Refused as error:
            problems.append(Problem(field, str(error)))
        else:
            taken.append(Uploaded(picture, token_of(picture)))
    return taken, problems


def carried_over(tokens: Sequence[str]) -> tuple[list[Uploaded | None], bool]:
    """The pictures behind the tokens, None in the place of each that cannot be taken over; and whether there is one."""
    found = [(token, picture_of(token)) for token in tokens]
    shown = [Uploaded(picture, token) if picture else None for token, picture in found]
    return shown, None in shown


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="uploaded picture")
