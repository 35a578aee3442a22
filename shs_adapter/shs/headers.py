"""Header lines of MIME parts: parameters, and the four ways in which a file name is written.

Values stay bytes until a name is decoded, for a name may be raw ISO-8859-1 or raw UTF-8.
"""

import binascii
import re
from itertools import count, takewhile
from urllib.parse import quote_from_bytes, unquote_to_bytes

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_PARAMETER = re.compile(rb';\s*+([^\s=;]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"|([^;]*+))', re.DOTALL)
# Only these two: in "C:\temp\a.txt" the backslash is no escape.
_ESCAPED = re.compile(rb'\\(["\\])')
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_ENCODED_WORD = re.compile(r"=\?([^?]+)\?([bq])\?([^? ]*)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")

# Of Python's codecs only these: some take quadratic time. A name in another charset is read as below.
_CHARSETS = {"us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"}


def read(block: bytes) -> dict[bytes, bytes]:
    """Header values, unfolded, by lower-case name; the first of a kind counts, stray lines do not."""
    headers: dict[bytes, bytes] = {}
    if b"\n " in block or b"\n\t" in block:
        block = _FOLD.sub(b"", block)
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def media_type(value: bytes) -> bytes:
    """The type of a Content-Type, in lower case."""
    return value.partition(b";")[0].strip().lower()


def parameters(value: bytes) -> dict[bytes, bytes]:
    """Parameters by lower-case name, unquoted; what has no equals sign is passed over."""
    found: dict[bytes, bytes] = {}
    for name, quoted, plain in _PARAMETER.findall(value):
        if b"\\" in quoted:
            quoted = _ESCAPED.sub(rb"\1", quoted)
        found.setdefault(name.lower(), quoted or plain.strip(b' \t\r\n"'))
    return found


def without_name(value: bytes) -> bytes:
    """A Content-Type without the file name that many put there."""
    if b"name" not in value.lower():
        return value.rstrip(b"; \t")

    def kept(match: re.Match[bytes]) -> bytes:
        return b"" if match[1].lower().partition(b"*")[0] == b"name" else match[0]

    return _PARAMETER.sub(kept, value).rstrip(b"; \t")


def filename(disposition: bytes, content_type: bytes) -> str:
    """The base name that a part's headers give, the disposition's first; empty where they give none."""
    return _name(disposition, b"filename") or _name(content_type, b"name")


def base_name(name: str) -> str:
    """The last step of a path, without what cannot be printed: never a way out of a folder."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(filter(str.isprintable, last)).strip()
    return "" if clean in {".", ".."} else clean


def name_parameter(key: bytes, name: str) -> bytes:
    """The parameter that says *name*: raw ISO-8859-1 wherever that is read back as the same name.

    Any other is written as RFC 2231 has it: some nodes do not see that, but the label holds the name too.
    An empty name gets no parameter.
    """
    if not name:
        return b""
    raw = name.encode("iso-8859-1", "replace")
    if _decoded(raw) != name:
        return b"; %s*=UTF-8''%s" % (key, quote_from_bytes(name.encode(), safe="").encode())
    if _TOKEN.fullmatch(raw):
        return b"; %s=%s" % (key, raw)
    return b'; %s="%s"' % (key, raw.replace(b'"', b'\\"'))


def _name(value: bytes, key: bytes) -> str:
    if key not in value.lower():
        return ""
    found = parameters(value)
    return base_name(_extended(found, key) or _decoded(found.get(key, b"")))


def _extended(found: dict[bytes, bytes], key: bytes) -> str:
    """A value as RFC 2231 has it: `key*`, or `key*0*`, `key*1` and so on; empty where there is none."""
    if key + b"*" in found:
        found = {key + b"*0*": found[key + b"*"]}
    steps = takewhile(lambda step: {step, step + b"*"} & found.keys(), (b"%s*%d" % (key, n) for n in count()))
    pieces = (unquote_to_bytes(found[step + b"*"]) if step + b"*" in found else found[step] for step in steps)
    octets = b"".join(pieces)
    charset = b""
    if found.get(key + b"*0*", b"").count(b"'") >= 2:  # charset'language'value
        charset, _, octets = octets.split(b"'", 2)
    return _text(octets, charset.decode("iso-8859-1"))


def _decoded(octets: bytes) -> str:
    """Raw octets as text, with the encoded words of RFC 2047 in it resolved."""
    return _ENCODED_WORD.sub(_resolved, _BETWEEN_WORDS.sub("", _text(octets)))


def _resolved(word: re.Match[str]) -> str:
    charset, encoding, text = word.groups()
    try:
        octets = text.encode("ascii")
        decoded = (
            binascii.a2b_base64(octets, strict_mode=True)
            if encoding in "bB"
            else binascii.a2b_qp(octets, header=True)
        )
    except ValueError:
        return word[0]
    return _text(decoded, charset)


def _text(octets: bytes, charset: str = "utf-8") -> str:
    """*octets* as text: in their own charset, else in UTF-8, else, as that never fails, in ISO-8859-1."""
    for encoding in (charset.lower(), "utf-8"):
        try:
            if encoding in _CHARSETS:
                return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("iso-8859-1")
