"""What bytes really are: the first bytes decide, never the name or the label (a ".HEIC" is often a JPEG)."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"\x1f\x8b", "application/gzip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"{\\rtf", "text/rtf"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
)
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
}
_ZIPPED = ("application/vnd.", "application/epub", "application/x-zip", "application/java")


def media_type(content: bytes, declared: str) -> str:
    """The media type of `content`; `declared` is believed only where the bytes do not contradict it."""
    declared = declared.lower()
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for start, found in _STARTS:
        if content.startswith(start) and (len(start) > 2 or not declared.startswith("text/")):
            refined = found in ("application/zip", "application/x-ole-storage") and declared.startswith(_ZIPPED)
            return declared if refined or declared == "application/msword" else found
    if content.lstrip()[:5].lower() in (b"<?xml", b"<svg ", b"<svg>") and b"<svg" in content[:2000]:
        return "image/svg+xml"
    if declared.startswith(("image/", "video/", "audio/")) or declared == "application/pdf":
        return "application/octet-stream"
    return declared or "application/octet-stream"
