"""What is seen in a picture and what its file carried, as findings under the guide."""

import dataclasses

import pytest

from workflow.checks.pictures.carried import Carried
from workflow.checks.pictures.findings import CheckedPicture, of_file, of_seen
from workflow.checks.pictures.seen import Face, Line, Seen
from workflow.guide.loader import built_in

GUIDE = built_in()
PICTURE = CheckedPicture(2, "a" * 64, alt_text="Blue poster: missing your bin lid, ring")


def line(text, top=0.1):
    return Line(text, ((0.1, top), (0.9, top), (0.9, top + 0.1), (0.1, top + 0.1)))


def seen(*texts, faces=0):
    lines = tuple(line(text, 0.1 + 0.2 * number) for number, text in enumerate(texts))
    return Seen(lines, tuple(Face((0.1 * n, 0.2, 0.05, 0.1), 0.99) for n in range(faces)))


def test_words_in_the_picture_are_checked_like_the_text_and_placed():
    found = seen("Missing your bin lid?", "Ring 07700 900123")
    [one] = of_seen(PICTURE, found, GUIDE)
    assert (one.clause, one.part, one.level) == ("personal-information", "words 2", "answer")
    assert found.text[one.start : one.end] == "07700 900123"
    [(left, top, width, height)] = one.boxes
    assert left == pytest.approx(0.1 + 0.8 * 4.3 / 15.8, abs=0.03)
    assert left + width == pytest.approx(0.9, abs=0.001)
    assert (top, height) == pytest.approx((0.3, 0.1))
    assert one.why.endswith("It stands in picture 2.")


def test_public_contacts_are_not_marked_in_pictures_either():
    assert of_seen(PICTURE, seen("Ring 07700 900123"), GUIDE, ["07700 900123"]) == []


def test_words_that_run_upwards_are_marked_as_a_whole():
    upright = Line("Ring 07700 900123", ((0.1, 0.9), (0.1, 0.1), (0.2, 0.1), (0.2, 0.9)))
    assert upright.box_of(0, 4) == (0.1, 0.1, 0.1, 0.8)


@pytest.mark.parametrize(("number", "words"), [(1, "One person can be"), (3, "3 people can be")])
def test_people_ask_for_consent(number, words):
    [one] = of_seen(PICTURE, seen(faces=number), GUIDE)
    assert (one.clause, one.level, one.part, len(one.boxes)) == ("personal-information", "answer", "picture 2", number)
    assert one.why.startswith(words)
    assert "consent" in one.why


def test_an_answer_on_people_holds_for_that_picture_alone():
    key = of_seen(PICTURE, seen(faces=1), GUIDE)[0].key
    moved = dataclasses.replace(PICTURE, number=1, alt_text="Other words")
    other = dataclasses.replace(PICTURE, sha256="b" * 64)
    assert of_seen(moved, seen(faces=1), GUIDE)[0].key == key
    assert of_seen(other, seen(faces=1), GUIDE)[0].key != key


def test_what_was_taken_out_is_advice():
    carried = Carried((51.503, -0.128), ("when it was taken", "the camera's serial number"))
    [one] = of_file(dataclasses.replace(PICTURE, carried=carried), GUIDE)
    assert (one.clause, one.level) == ("personal-information", "advise")
    assert "where it was taken (51.503, -0.128), when it was taken and the camera's serial number" in one.why
    assert "taken out and not published" in one.why


def test_rights_ask_for_permission_unless_they_are_our_own():
    carried = Carried(rights=(("Copyright", "Sample Press Agency"), ("Made by", "Sample Photographer")))
    picture = dataclasses.replace(PICTURE, carried=carried)
    [one] = of_file(picture, GUIDE)
    assert (one.clause, one.level, one.part) == ("copyright", "answer", "picture 2")
    assert "“Copyright: Sample Press Agency; Made by: Sample Photographer”" in one.why
    assert of_file(picture, GUIDE, ["Sample Press Agency", "Sample Photographer"]) == []
    assert len(of_file(picture, GUIDE, ["Sample Press Agency"])) == 1


def test_a_file_that_cannot_be_read_and_a_reader_that_failed_are_not_checked():
    [one] = of_file(dataclasses.replace(PICTURE, carried=Carried(unread=True)), GUIDE)
    faults = {"words": "its reader took more than 60 seconds", "people": "its reader broke down"}
    people, words = of_seen(PICTURE, Seen(faults=faults), GUIDE)
    assert {f.clause for f in (one, people, words)} == {"not-checked"}
    assert {f.level for f in (one, people, words)} == {"block"}
    assert words.why == "The words in picture 2 could not be read: its reader took more than 60 seconds."
    assert people.why == "Nobody looked for people in picture 2: its reader broke down."
    assert len({f.key for f in (one, people, words)}) == 3


@pytest.mark.parametrize(
    ("change", "advised"),
    [
        ({}, "people who cannot see it are not told"),
        ({"alt_text": "Poster: flu jabs at Sample Hall, Saturday from nine"}, None),
        ({"text": "Flu jabs are at Sample Hall this Saturday from nine."}, None),
        ({"alt_text": "", "decorative_because": "It is a pattern."}, "called decorative, but there are words in it"),
    ],
    ids=["description says nothing of it", "description says it", "text says it", "decorative"],
)
def test_words_that_nobody_is_told_are_advice(change, advised):
    picture = dataclasses.replace(PICTURE, **change)
    found = of_seen(picture, seen("Flu jabs", "Sample Hall", "Saturday from nine"), GUIDE)
    assert [advised in one.why for one in found] == ([True] if advised else [])
    assert {(one.level, one.clause) for one in found} <= {("advise", "judgement")}


def test_a_decorative_picture_with_people_is_advised_against():
    picture = dataclasses.replace(PICTURE, alt_text="", decorative_because="It is a pattern.")
    assert any("but there are people in it" in one.why for one in of_seen(picture, seen(faces=1), GUIDE))
