"""XML read safely: no entities, no network, no surprise in the prolog.

Rule: the bytes of the prolog are scanned before lxml sees them. lxml expands entities in attributes
whatever its options say, and hides an ATTLIST subset; so an internal subset is refused here, while the
plain DOCTYPE line that SHS documents carry is let through and not followed.
"""

import re

from lxml import etree

from shs_adapter.errors import MalformedXml

# Others would let a document say one thing to the scan below and another to the parser (UTF-7, UTF-16).
_ENCODINGS = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252"}

_EBCDIC = b"\x4c\x6f\xa7\x94"  # `<?xml`, as some parsers know it by itself
_DECLARATION = re.compile(rb"<\?xml(?=\s)(?P<body>[^>]*?)\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_SKIPPED = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
# Where an entity is no entity. Unended, each takes in the rest: starting over at every start is quadratic.
_QUIET = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_UNDECLARED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)")
_DOCTYPE = re.compile(rb"""<!DOCTYPE\s(?:[^\["'>]|"[^"]*"|'[^']*')*>""")
_LONGEST_DOCTYPE = 2_000  # the expression remembers each of its steps, in hundred times the bytes
# The value of an attribute that may be the name of a namespace, which every element has in its tag.
_LONG_VALUE = re.compile(rb"""=\s*+(?:"[^"<]{2000}|'[^'<]{2000})""")
_LONGEST_NAME = 60_000  # the parser takes no more than 50,000

# What nearly every document begins with, and what the whole scan lets pass.
_ORDINARY = re.compile(
    rb"""(?:<\?xml\ version="1\.0"\ encoding="(?:UTF-8|ISO-8859-1)"(?:\ standalone="(?:yes|no)")?\?>\s*+)?
    (?:<!DOCTYPE\ [A-Za-z.-]+\ SYSTEM\ "[A-Za-z0-9.-]*">\s*+)?
    <[A-Za-z]""",
    re.VERBOSE,
)

# One for all, for making it takes half as long as parsing a label; threads wait for each other inside lxml.
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)

# A text of more than 10 MB, more than 256 levels: the document may be right, and lxml does not take it.
_CODES = {etree.ErrorTypes.ERR_RESOURCE_LIMIT: "xml_limit"}


def parse(data: bytes, most: int | None = None) -> etree._Element:
    """Return the root element of the document; comments and processing instructions are dropped.

    *most* is how many tags and attributes there may be: for each a tree takes many times its bytes.
    Raises MalformedXml with a code and, for syntax, the line; the parser's own text is never kept,
    because it quotes the document.
    """
    if most is not None and data.count(b"<") + data.count(b"=") > most:
        raise MalformedXml("xml_limit")
    _check_prolog(data)
    if any(_declares(data, value.start()) for value in _LONG_VALUE.finditer(data)):
        raise MalformedXml("xml_limit", "xmlns")
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        etree.fromstring(b"<a/>", _PARSER)  # until its next document the parser keeps its text in a log
        code = error.code  # type: ignore[attr-defined]  # the stubs lack it
        if code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise MalformedXml(_CODES.get(code, "xml_syntax"), f"line {error.lineno}") from None
    except ValueError:
        raise MalformedXml("xml_syntax") from None


def parse_text(text: str, most: int | None = None) -> etree._Element:
    """Parse a document that arrived as a string inside another; its declaration is void."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise MalformedXml("xml_encoding") from None
    declaration = _DECLARATION.match(data)
    return parse(data[declaration.end() :] if declaration else data, most)


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace; lxml's QName says the same and takes longer."""
    return element.tag.rpartition("}")[2]


def _check_prolog(data: bytes) -> None:
    """Refuse an unknown encoding and any DOCTYPE with an internal subset."""
    if b"&" not in data and _ORDINARY.match(data):
        return
    position = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    if b"\x00" in data[:4] or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise MalformedXml("xml_encoding")
    if data.startswith(_EBCDIC):
        raise MalformedXml("xml_syntax")
    declaration = _DECLARATION.match(data, position)
    if declaration:
        named = _ENCODING.findall(declaration["body"])
        if not all(name.decode().lower() in _ENCODINGS for name in named):
            raise MalformedXml("xml_encoding")
        position = declaration.end()
    elif re.match(rb"<\?xml\s", data[position : position + 6]):
        raise MalformedXml("xml_syntax")  # it would be passed over as an instruction
    position = _after_blanks(data, position)
    doctype = _DOCTYPE.match(data, position, position + _LONGEST_DOCTYPE)
    if doctype:
        if b"&" in data and _UNDECLARED.search(_QUIET.sub(b"", data[doctype.end() :])):
            # A DOCTYPE makes an unknown entity legal: lxml would drop it, and the text would say less.
            raise MalformedXml("xml_entity")
        position = _after_blanks(data, doctype.end())
    if data.startswith(b"<!", position):
        raise MalformedXml("xml_doctype")


def _after_blanks(data: bytes, position: int) -> int:
    """Where what is no blank, comment or processing instruction begins."""
    while skipped := _SKIPPED.match(data, position):
        position = skipped.end()
    return position


def _declares(data: bytes, equals: int) -> bool:
    """Whether the attribute whose equals sign stands there declares a namespace."""
    before = data[max(0, equals - _LONGEST_NAME) : equals].split()
    return bool(before) and before[-1].startswith(b"xmlns")
