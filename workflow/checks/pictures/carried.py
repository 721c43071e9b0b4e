"""What a picture's file says about itself: where, when and by whom it was taken, and whose it is.

Read before the file is freed of it all. Kept are the rights and the place (to about 100 metres), as people have to
judge by them; of all else only that it was there.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

_LONGEST: Final = 200  # characters of one field
_MOST: Final = 12  # fields about rights
_LONGEST_XMP: Final = 500_000

CAPTION: Final = "a caption or comment"
PEOPLE: Final = "names of people in it"
PLACE_NAMES: Final = "the names of places"

_BASE: Final = {
    ExifTags.Base.Make: "the camera",
    ExifTags.Base.Model: "the camera",
    ExifTags.Base.HostComputer: "the computer",
    ExifTags.Base.DateTime: "when it was taken",
    ExifTags.Base.ImageDescription: CAPTION,
    ExifTags.Base.XPComment: CAPTION,
    ExifTags.Base.XPTitle: CAPTION,
    ExifTags.Base.XPKeywords: CAPTION,
}
_DEEPER: Final = {
    ExifTags.Base.DateTimeOriginal: "when it was taken",
    ExifTags.Base.CameraOwnerName: "the name of the camera's owner",
    ExifTags.Base.BodySerialNumber: "the camera's serial number",
    ExifTags.Base.LensSerialNumber: "the camera's serial number",
    ExifTags.Base.UserComment: CAPTION,
    ExifTags.Base.MakerNote: "the camera maker's own data",
}
_EXIF_RIGHTS: Final = {
    ExifTags.Base.Copyright: "Copyright",
    ExifTags.Base.Artist: "Made by",
    ExifTags.Base.XPAuthor: "Made by",
}
_IPTC_RIGHTS: Final = {(2, 116): "Copyright", (2, 80): "Made by", (2, 110): "Credit", (2, 115): "Source"}
_IPTC: Final = {
    (2, 120): CAPTION,
    (2, 25): CAPTION,
    (2, 105): CAPTION,
    (2, 118): "a contact",
    (2, 90): PLACE_NAMES,
    (2, 92): PLACE_NAMES,
    (2, 101): PLACE_NAMES,
}
_XMP_RIGHTS: Final = {
    "rights": "Copyright",
    "creator": "Made by",
    "Credit": "Credit",
    "Source": "Source",
    "Owner": "Owner",
    "UsageTerms": "Terms",
    "WebStatement": "Terms",
    "CopyrightOwnerName": "Owner",
    "LicensorName": "Licensor",
}
_XMP: Final = {
    "PersonInImage": PEOPLE,
    "PersonDisplayNames": PEOPLE,
    "Name": PEOPLE,  # of regions, where phones and photo libraries mark faces
    "City": PLACE_NAMES,
    "Location": PLACE_NAMES,
    "Sublocation": PLACE_NAMES,
    "description": CAPTION,
    "title": CAPTION,
    "SerialNumber": "the camera's serial number",
    "OwnerName": "the name of the camera's owner",
    "CreatorContactInfo": "a contact",
}
_PNG_RIGHTS: Final = {"Copyright": "Copyright", "Author": "Made by", "Source": "Source"}
_PNG: Final = {
    "Description": CAPTION,
    "Comment": CAPTION,
    "Title": CAPTION,
    "Creation Time": "when it was taken",
    "comment": CAPTION,
}
_XMP_PLACE: Final = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d{1,20})?)([NSEW])")


@dataclass(frozen=True, slots=True)
class Carried:
    """What one file carried. `details` are named, not kept; `unread`: some of it could not be read."""

    place: tuple[float, float] | None = None  # latitude, longitude
    details: tuple[str, ...] = ()
    rights: tuple[tuple[str, str], ...] = ()  # ("Copyright", "© Sample Agency")
    unread: bool = False

    @property
    def rights_text(self) -> str:
        """The rights as words, one field a line."""
        return "\n".join(f"{name}: {value}" for name, value in self.rights)

    def as_json(self) -> dict[str, Any]:
        """For keeping; `carried_of` reads it."""
        return {
            "place": self.place and list(self.place),
            "details": list(self.details),
            "rights": [list(pair) for pair in self.rights],
            "unread": self.unread,
        }


def carried_of(kept: Mapping[str, Any] | None) -> Carried:
    """What `as_json` gave; nothing for None (a picture that came in before this was kept)."""
    if not kept:
        return Carried()
    place = kept.get("place")
    return Carried(
        (float(place[0]), float(place[1])) if place else None,
        tuple(str(name) for name in kept.get("details", ())),
        tuple((str(name), str(value)) for name, value in kept.get("rights", ())),
        bool(kept.get("unread")),
    )


def read_carried(image: Image.Image) -> Carried:
    """What the file behind a freshly opened image carries. Never raises for a file, however broken what it says is."""
    place: tuple[float, float] | None = None
    details: list[str] = []
    rights: list[tuple[str, str]] = []
    unread = False
    readers: tuple[Callable[[Image.Image], _Found], ...] = (_exif, _iptc, _xmp, _png)
    for reader in readers:
        try:
            found = reader(image)
        except Exception:  # written by strangers: whatever it breaks, the picture comes in, and the fault is told
            unread = True
            continue
        place = place or found.place
        details += found.details
        rights += found.rights
    return Carried(place, tuple(dict.fromkeys(details)), tuple(dict.fromkeys(rights))[:_MOST], unread)


@dataclass
class _Found:
    """What one reader found."""

    details: list[str]
    rights: list[tuple[str, str]]
    place: tuple[float, float] | None = None


def _exif(image: Image.Image) -> _Found:
    exif = image.getexif()
    deeper, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    details = [*_named(exif, _BASE), *_named(deeper, _DEEPER)]
    if exif.get_ifd(ExifTags.IFD.IFD1):
        details.append("a small copy of the picture as it was before")
    place = _gps(gps)
    if gps and place is None:
        details.append("where or how it was taken")
    return _Found(details, _rights(exif, _EXIF_RIGHTS), place)


def _gps(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    return _place(latitude, longitude)


def _degrees(parts: Any, negative: bool) -> float:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return math.nan
    try:
        whole, minutes, seconds = (float(part) for part in parts)
    except ZeroDivisionError:
        return math.nan
    return (whole + minutes / 60 + seconds / 3600) * (-1 if negative else 1)


def _place(latitude: float, longitude: float) -> tuple[float, float] | None:
    # "Not a number" is no place, and neither is 0, 0: cameras without a fix write it.
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0, 0):
        return None
    return round(latitude, 3), round(longitude, 3)


def _iptc(image: Image.Image) -> _Found:
    if not isinstance(image, ImageFile.ImageFile):
        return _Found([], [])
    fields: Mapping[Any, Any] = IptcImagePlugin.getiptcinfo(image) or {}
    return _Found(_named(fields, _IPTC), _rights(fields, _IPTC_RIGHTS))


def _xmp(image: Image.Image) -> _Found:
    raw = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    raw = raw.encode() if isinstance(raw, str) else raw
    if not raw:
        return _Found([], [])
    fields = _xmp_fields(raw)
    numbers = {ref: value for name, value in fields if (ref := name.removeprefix("GPS")) in ("Latitude", "Longitude")}
    place = _place(*(_xmp_degrees(numbers.get(name, "")) for name in ("Latitude", "Longitude")))
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return _Found(_named(grouped, _XMP), _rights(grouped, _XMP_RIGHTS), place)


def _xmp_fields(raw: bytes) -> list[tuple[str, str]]:
    """All (local name, value): attributes, and texts under the name of the property they stand in."""
    from lxml import etree  # type: ignore[import-untyped]  # ships no types

    if len(raw) > _LONGEST_XMP:
        raise ValueError("XMP of that length is not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.fromstring(raw.strip(b"\0 \n\r\t"), parser)
    fields: list[tuple[str, str]] = []
    for element in tree.iter(etree.Element):
        fields += [(etree.QName(name).localname, str(value)) for name, value in element.attrib.items()]
        text = (element.text or "").strip()
        if text:
            fields.append((_property(element), text))
    return [(name, value) for name, value in fields if value.strip()]


def _property(element: Any) -> str:
    """The name of the property that a text stands in: lists and choices of languages (rdf:*) are only its frame."""
    while str(element.tag).startswith("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"):
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return str(element.tag).rpartition("}")[2]


def _xmp_degrees(value: str) -> float:
    found = _XMP_PLACE.fullmatch(value.strip())
    if not found:
        return math.nan
    return (int(found[1]) + float(found[2]) / 60) * (-1 if found[3] in "SW" else 1)


def _png(image: Image.Image) -> _Found:
    return _Found(_named(image.info, _PNG), _rights(image.info, _PNG_RIGHTS))


def _named(fields: Mapping[Any, Any], names: Mapping[Any, str]) -> list[str]:
    return [name for field, name in names.items() if any(_texts(fields.get(field)))]


def _rights(fields: Mapping[Any, Any], names: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(name, text) for field, name in names.items() for text in _texts(fields.get(field)) if text]


def _texts(value: Any) -> Iterable[str]:
    """A field's values as clean single lines; what is no text counts as there."""
    if value is None:
        return
    for one in value if isinstance(value, (list, tuple)) else (value,):
        yield _text(one)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        wide = len(value) > 3 and not len(value) % 2 and not any(value[1:8:2])  # Windows writes its fields in UTF-16
        value = value.decode("utf-16-le" if wide else "utf-8", "replace")
    elif isinstance(value, str) and not value.isascii():
        with contextlib.suppress(UnicodeError):  # EXIF is read as Latin-1; most programs write UTF-8
            value = value.encode("latin-1").decode()
    plain = "".join(char if char.isprintable() else " " for char in str(value)).replace("\ufffd", "?")
    return " ".join(plain.split())[:_LONGEST]
