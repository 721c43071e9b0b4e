"""Bytes to text when the label may be wrong, missing or unknown; and text that is always safe to store."""

import codecs
import re

# Labels seen in real mail that name a subset of what senders put in (e.g. GB 18030 characters under "gb2312").
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "x-gbk": "gb18030",
    "chinese": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
}
_UNSAFE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]")


def safe_text(text: str) -> str:
    """`text` without lone surrogates and control characters, so that it can be stored, shown and encoded as UTF-8."""
    return _UNSAFE.sub(lambda match: "\ufffd" if match.group() >= "\ud800" else "", text)


def text_codec(label: str) -> str | None:
    """The Python codec for a charset label of a mail, or None when there is none that gives text."""
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return found.name if getattr(found, "_is_text_encoding", True) else None


def decode(data: bytes, label: str | None) -> tuple[str, str]:
    """Text from `data` by the declared charset, else UTF-8, else Windows-1252; and a problem sentence or ""."""
    problem = ""
    codec = text_codec(label) if label else "utf-8"
    if codec is None:
        problem = (
            f"The text names an unknown character set ({safe_text(label or '')[:40]}); it was read as best it could be."
        )
    for candidate in (codec, "utf-8"):
        if candidate is None:
            continue
        try:
            return safe_text(data.decode(candidate)), problem
        except (UnicodeError, ValueError):
            continue
    try:
        # UTF-8 but for lone surrogates: the rest of it is sound.
        return safe_text(data.decode("utf-8", "surrogatepass")), problem or "Some characters of the mail are damaged."
    except UnicodeError:
        replaced = data.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    if broken * 8 <= sum(1 for character in replaced if character > "\x7f"):
        return safe_text(replaced), problem or "Some characters of the mail are damaged."
    if label:
        problem = problem or "Some characters do not fit the character set the mail names; they may look wrong."
    if codec not in (None, "utf-8", "cp1252"):
        replaced = data.decode(codec, "replace")
        if replaced.count("\ufffd") * 20 <= len(replaced):
            return safe_text(replaced), problem
    return safe_text(data.decode("cp1252", "replace")), problem


def decode_header_bytes(raw: str) -> str:
    """A header value with raw 8-bit bytes read as UTF-8, else Windows-1252."""
    try:
        data = raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return safe_text(raw)
    return decode(data, None)[0]
