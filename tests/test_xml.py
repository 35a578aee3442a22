import encodings.aliases
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from shs_adapter import xml
from shs_adapter.errors import MalformedXml
from shs_adapter.xml import local_name, parse, parse_text

SECRET = "Testsson"


def refusal(data: bytes) -> str:
    with pytest.raises(MalformedXml) as caught:
        parse(data)
    return caught.value.code


@pytest.mark.parametrize(
    "data",
    [
        b"<a>x</a>",
        b"\xef\xbb\xbf<a>x</a>",
        b"<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><?pi?>\n<a>x</a><!-- d -->",
        b'<!DOCTYPE a SYSTEM "a.dtd"><a>x</a>',
        b"<!DOCTYPE a PUBLIC '-//X//Y' 'http://127.0.0.1:9/a.dtd'>\n<a>x</a>",
        b'<!DOCTYPE a SYSTEM "[>"><a>x</a>',
        b"<!DOCTYPE a><a><!-- &quiet; --><?pi &quiet;?>x</a>",
    ],
)
def test_a_plain_document_is_read_and_its_doctype_is_not_followed(data: bytes) -> None:
    root = parse(data)

    assert local_name(root) == "a"
    assert "".join(str(text) for text in root.itertext()) == "x"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "ISO-8859-15", "windows-1252"])
def test_a_declared_encoding_is_obeyed(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>Åsö</a>'.encode(encoding)

    assert parse(data).text == "Åsö"


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="IBM037"?><a/>',
        "<a/>".encode("utf-16"),
        "<a/>".encode("utf-16-le"),
        "<a/>".encode("utf-16-be"),
        "<a/>".encode("utf-32"),
    ],
)
def test_an_encoding_that_could_hide_the_prolog_is_refused(data: bytes) -> None:
    assert refusal(data) == "xml_encoding"


NAMES = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "ebcdic-cp-us", "cp037"})


@pytest.mark.parametrize("declared", ["none", "its own", "utf-8", "first utf-8"])
def test_no_encoding_hides_a_subset_or_an_entity(declared: str) -> None:
    """Whatever Python can write: the document is refused, or read without what the subset says."""
    for name in NAMES:
        said = {
            "none": "<?xml version='1.0'?>",
            "its own": f"<?xml version='1.0' encoding='{name}'?>",
            "utf-8": "<?xml version='1.0' encoding='utf-8'?>",
            "first utf-8": f"<?xml version=' encoding=\"utf-8\" ' encoding='{name}'?>",
        }[declared]
        text = f"{said}<!DOCTYPE a [<!ENTITY e '{SECRET}'><!ATTLIST a b CDATA '{SECRET}'>]><a b='&e;'>&e;</a>"
        try:
            data = text.encode(name)
        except (LookupError, UnicodeError, TypeError, AttributeError):
            continue
        with suppress(MalformedXml):
            root = parse(data)
            raise AssertionError((name, etree.tostring(root)))


@pytest.mark.parametrize(
    "data",
    [
        "<?xml version='1.0' encoding='IBM037'?><a/>".encode("cp037"),
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>".encode("cp500"),
        b"<?xml version='1.0' encoding='utf-7' standalone='>'?><a/>",
        b"<?xml version='1.0' encoding='utf-8' encoding='utf-7'?><a/>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-16'?><a/>",
        b"<?xml\tversion='1.0'\tencoding\n=\n'hz'?><a/>",
    ],
)
def test_a_declaration_that_says_two_things_is_refused(data: bytes) -> None:
    assert refusal(data) in ("xml_encoding", "xml_syntax")


@pytest.mark.parametrize("encoding", ["cp037", "cp500"])
def test_a_document_in_ebcdic_is_not_read(encoding: str) -> None:
    hidden = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "boom">]><a b="&e;">&e;</a>'

    assert refusal(hidden.encode(encoding)) == "xml_syntax"


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE a [<!ENTITY e "boom">]>',
        b"<!DOCTYPE a [<!ATTLIST a b CDATA 'boom'>]>",
        b"<!DOCTYPE a []>",
        b'<!DOCTYPE a SYSTEM "x" [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
        b"<!-- > --><?p <!DOCTYPE a>?>\n<!DOCTYPE a [<!ENTITY e 'boom'>]>",
        b"<!DOCTYPE a SYSTEM '\"' [<!ENTITY e 'boom'>]>",
        b"<?xml version='1.0'?><!DOCTYPE\ta[<!ENTITY e 'boom'>]>",
        b"<!ENTITY e 'boom'>",
        b"<!DOCTYPE a '",
        b"<!-- never closed",
        b"<!DOCTYPE a>" * 2,
        b"<!DOCTYPE a>" * 200_000,
    ],
)
def test_an_internal_subset_is_refused_before_it_is_parsed(prolog: bytes) -> None:
    assert refusal(prolog + b"<a/>") == "xml_doctype"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE a><a>&unknown;</a>",
        b"<!DOCTYPE a><a b='&unknown;'/>",
        b"<!DOCTYPE a SYSTEM '<!--'><a>&unknown;<!-- --></a>",
        b"<!DOCTYPE a><a><!-- <![CDATA[ -->&unknown;<!-- ]]> --></a>",
        b"<!DOCTYPE a><a>& </a>",
    ],
)
def test_an_entity_that_a_doctype_would_let_vanish_is_refused(data: bytes) -> None:
    assert refusal(data) == "xml_entity"


def test_what_only_looks_like_an_entity_is_text() -> None:
    root = parse(b"<!DOCTYPE a><a>&amp;&#229;<![CDATA[&unknown;]]></a>")

    assert root.text == "&å&unknown;"


def test_an_entity_without_doctype_is_a_fault_of_syntax() -> None:
    assert refusal(b"<a>&unknown;</a>") == "xml_syntax"


@pytest.mark.parametrize("unit", [b"<![CDATA[", b"<!--", b"<?p ", b"<!DOCTYPE a ", b'"', b"<a>", b"&"])
@pytest.mark.parametrize("prolog", [b"", b"<!DOCTYPE a><a>", b"<!DOCTYPE a "])
def test_no_document_takes_long_to_refuse(prolog: bytes, unit: bytes) -> None:
    data = prolog + unit * (1_000_000 // len(unit))
    start = time.process_time()

    refusal(data)

    assert time.process_time() - start < 2


def test_a_refusal_names_the_line_and_quotes_nothing() -> None:
    with pytest.raises(MalformedXml) as caught:
        parse(f"<a>\n<{SECRET}></b>\n</a>".encode())

    assert str(caught.value) == "xml_syntax at line 2"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_refused_document_changes_nothing_for_the_next() -> None:
    for _ in range(2):
        with pytest.raises(MalformedXml, match=r"^xml_syntax at line 2$"):
            parse(f"<a>\n<{SECRET}></b>\n</a>".encode())

        assert parse(b"<a>x</a>").text == "x"


def test_the_parser_keeps_no_text_of_a_refused_document() -> None:
    with pytest.raises(MalformedXml):
        parse(f"<a>\n<{SECRET}></b>\n</a>".encode())

    assert SECRET not in str(xml._PARSER.error_log)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with suppress(MalformedXml):
        parse(data)


_PIECES = st.sampled_from(
    [
        "<?p ",
        "?>",
        "<!--",
        "-->",
        "<!DOCTYPE a ",
        "SYSTEM ",
        "'",
        '"',
        "[",
        "]",
        ">",
        "\n",
        "<![CDATA[",
        "]]>",
    ]
)


@settings(max_examples=500)
@given(before=st.lists(_PIECES, max_size=8), between=st.lists(_PIECES, max_size=4))
def test_no_arrangement_of_a_prolog_has_an_entity_expanded(before: list[str], between: list[str]) -> None:
    prolog = f"{''.join(before)}<!DOCTYPE a [<!ENTITY e 'boom'>]>{''.join(between)}"

    with suppress(MalformedXml):
        root = parse(f"{prolog}<a b='&e;'>&e;</a>".encode())
        assert "boom" not in [*root.itertext(), *root.attrib.values()]


def test_a_deep_document_is_refused() -> None:
    assert refusal(b"<a>" * 5000 + b"</a>" * 5000) == "xml_limit"


def test_a_text_that_lxml_does_not_take_is_told_from_a_document_that_is_broken() -> None:
    text = b"x" * 10_000_001

    assert refusal(b"<a>" + text + b"</a>") == "xml_limit"
    assert refusal(b"<a>" + text) == "xml_limit"
    assert len(parse(b"<a>" + text[:9_900_000] + b"</a>").text or "") == 9_900_000


def test_the_declaration_of_a_document_within_a_string_is_void() -> None:
    root = parse_text('<?xml version="1.0" encoding="utf-16"?><a>Åsö</a>')

    assert root.text == "Åsö"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\ud800<a/>", "xml_encoding"),
        ("", "xml_syntax"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "boom">]><a/>', "xml_doctype"),
    ],
)
def test_a_string_is_held_to_the_same_rules(text: str, code: str) -> None:
    with pytest.raises(MalformedXml) as caught:
        parse_text(text)

    assert caught.value.code == code


def test_comments_and_instructions_are_dropped_and_names_lose_their_namespace() -> None:
    root = parse(b'<n:a xmlns:n="urn:x"><!-- c --><?pi?><n:b/></n:a>')

    assert [local_name(element) for element in root.iter()] == ["a", "b"]
