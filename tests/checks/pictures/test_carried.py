"""What files carry: places, rights and people by EXIF, IPTC, XMP and PNG fields; and broken ones."""

import io
import random
import struct

import pytest
from PIL import Image, PngImagePlugin

from tests.pictures import PLACE, XMP, exif, jpeg, poster
from workflow.checks.pictures.carried import Carried, carried_of, read_carried


def carried(content):
    return read_carried(Image.open(io.BytesIO(content)))


def iptc(**fields):
    """An IPTC block as JPEG files hold it."""
    numbers = {"by_line": 80, "credit": 110, "notice": 116, "caption": 120}
    block = b"".join(
        b"\x1c\x02" + bytes([numbers[name]]) + struct.pack(">H", len(text.encode())) + text.encode()
        for name, text in fields.items()
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    segment = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment


def test_exif_names_the_place_and_whose_it_is():
    found = carried(jpeg(poster("Sample"), exif=exif()))
    assert found.place == PLACE
    assert found.rights == (("Copyright", "Sample Press Agency"), ("Made by", "Sample Photographer"))
    assert found.details == ("when it was taken", "the camera's serial number")
    assert not found.unread


def test_xmp_names_people_and_rights():
    found = carried(jpeg(poster("Sample"), xmp=XMP.encode()))
    assert found.rights == (("Copyright", "© Sample Press Agency"), ("Credit", "Sample Wire"))
    assert found.details == ("names of people in it",)


def test_iptc_names_rights():
    plain = jpeg(poster("Sample"))
    found = carried(plain[:2] + iptc(notice="© Sample Press", by_line="Sample Maker", caption="A caption") + plain[2:])
    assert found.rights == (("Copyright", "© Sample Press"), ("Made by", "Sample Maker"))
    assert found.details == ("a caption or comment",)


def test_png_fields_name_rights():
    fields, out = PngImagePlugin.PngInfo(), io.BytesIO()
    fields.add_text("Author", "Sample Maker")
    fields.add_text("Comment", "Sample comment")
    poster("Sample").save(out, "PNG", pnginfo=fields)
    assert carried(out.getvalue()) == Carried(details=("a caption or comment",), rights=(("Made by", "Sample Maker"),))


def test_a_file_that_says_nothing_carries_nothing():
    assert carried(jpeg(poster("Sample"))) == Carried()


@pytest.mark.parametrize(
    "parts",
    [
        {2: (91.0, 0.0, 0.0), 4: (0.0, 7.0, 39.3)},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {2: (51.0, 30.0), 4: (0.0, 7.0, 39.3)},
    ],
    ids=["no such place", "no fix", "half a place"],
)
def test_what_is_no_place_is_told_without_one(parts):
    written = exif(place=False)
    gps = written.get_ifd(0x8825)
    gps |= {1: "N", 3: "W", **parts}
    found = carried(jpeg(poster("Sample"), exif=written))
    assert found.place is None
    assert "where or how it was taken" in found.details


def test_a_place_in_xmp_alone_is_found():
    xmp = XMP.replace(
        "photoshop:Credit=",
        'xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="51,30.2N" e:GPSLongitude="0,7.66W" photoshop:Credit=',
    )
    assert carried(jpeg(poster("Sample"), xmp=xmp.encode())).place == PLACE


@pytest.mark.parametrize(
    "xmp",
    [
        b"<x:xmpmeta",
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>' * 2,
        b"<x>" + b"<y>" * 5000,
    ],
    ids=["cut off", "entities", "deep"],
)
def test_xmp_that_cannot_be_read_is_told_and_the_rest_is_read(xmp):
    found = carried(jpeg(poster("Sample"), exif=exif(), xmp=xmp))
    assert found.unread
    assert found.place == PLACE


def test_no_file_of_a_stranger_is_opened_by_xmp(tmp_path):
    (tmp_path / "secret").write_text("Sample secret")
    xmp = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]>' + XMP.replace("Sample Press", "&a; Press")
    assert "secret" not in repr(carried(jpeg(poster("Sample"), xmp=xmp.encode())))


@pytest.mark.filterwarnings("ignore")
def test_broken_files_never_raise():
    sound = jpeg(poster("Sample", size=(64, 64)), exif=exif(), xmp=XMP.encode())
    chance = random.Random(1)
    read = 0
    for _ in range(500):
        broken = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(900)] = chance.choice((0, 255, chance.randrange(256)))
        try:
            image = Image.open(io.BytesIO(bytes(broken)))
        except (OSError, SyntaxError, ValueError):
            continue
        read_carried(image)
        read += 1
    assert read > 100


def test_what_is_kept_comes_back():
    found = carried(jpeg(poster("Sample"), exif=exif(), xmp=XMP.encode()))
    assert carried_of(found.as_json()) == found
    assert carried_of(None) == Carried()


def test_fields_are_bounded():
    written = exif()
    written[0x8298] = "x" * 5000
    assert len(carried(jpeg(poster("Sample"), exif=written)).rights[0][1]) == 200
