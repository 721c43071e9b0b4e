"""Pictures that tests make: words drawn on a colour, files that carry what cameras and agencies write, and one face.

The face is that of tests/checks/pictures/astronaut.jpg, cut from NASA's official portrait of the astronaut Eileen
Collins as scikit-image's data ship it: a public office-holder in a work of the United States government, which is in
the public domain. No private person is in any test.
"""

import io
from functools import lru_cache
from pathlib import Path

from PIL import ExifTags, Image, ImageCms, ImageDraw

FACE = Path(__file__).parent / "checks" / "pictures" / "astronaut.jpg"
PLACE = (51.503, -0.128)

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" photoshop:Credit="Sample Wire">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Sample Press Agency</rdf:li></rdf:Alt></dc:rights>
<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Sample Passer-By</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def poster(*lines, size=(1200, 675), colour="#0b4a6f", at=(80, 80), points=48):
    """An image with lines of words on it."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).text(at, "\n".join(lines), fill="white", font_size=points)
    return image


def face(size=(800, 600), at=(400, 100)):
    """An image with the astronaut's face on a plain ground."""
    image = Image.new("RGB", size, "#c8d4da")
    with Image.open(FACE) as portrait:
        image.paste(portrait, at)
    return image


def exif(*, place=True, rights=True, orientation=1):
    """What a camera writes: time, serial number, thumbnail's place; with where it was, and whose the picture is."""
    written = Image.Exif()
    written[ExifTags.Base.Orientation] = orientation
    deeper = written.get_ifd(ExifTags.IFD.Exif)
    deeper[ExifTags.Base.DateTimeOriginal] = "2026:11:01 10:00:00"
    deeper[ExifTags.Base.BodySerialNumber] = "SAMPLE-SERIAL-1"
    if rights:
        written[ExifTags.Base.Copyright] = "Sample Press Agency"
        written[ExifTags.Base.Artist] = "Sample Photographer"
    if place:
        gps = written.get_ifd(ExifTags.IFD.GPSInfo)
        gps |= {1: "N", 2: (51.0, 30.0, 11.9), 3: "W", 4: (0.0, 7.0, 39.3)}
    return written


def jpeg(image, **more):
    """The image as a JPEG file; `more` as Pillow takes it (exif, xmp, icc_profile)."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, **more)
    return out.getvalue()


@lru_cache(maxsize=1)  # it holds the time when it was made
def profile():
    """A colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
