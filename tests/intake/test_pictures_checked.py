"""A picture that comes by mail is cleaned and looked at like one from the form; the raw mail stays as it came."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from tests.intake.conftest import mail
from tests.pictures import exif, jpeg, poster
from workflow.models import FindingRow, IncomingMail

pytestmark = pytest.mark.dovecot


def test_what_the_file_carried_is_told_and_taken_out_of_the_post_alone(intake):
    content = jpeg(poster("Ring 07700 900123"), exif=exif(rights=False))
    message = mail("The pool opens on Monday.\n\nAlt: A blue poster: ring")
    message.add_attachment(content, maintype="image", subtype="jpeg", filename="pool.jpg")
    intake.take_in(message)
    services, post = intake.services, intake.post("TB-1001")
    with services.database.reading() as session:
        found = {(row.part, row.level): row.why for row in session.scalars(sa.select(FindingRow))}
        raw = session.scalars(sa.select(IncomingMail.sha256)).one()
    assert "where it was taken (51.503, -0.128)" in found["picture 1", "advise"]
    assert "07700 900123" in found["words 1", "answer"]
    kept = services.files.read(post.revision.pictures[0].sha256)
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert b"SAMPLE-SERIAL-1" not in kept
    assert b"pool.jpg" in services.files.read(raw)
