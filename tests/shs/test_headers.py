import pytest
from hypothesis import given, settings

from shs_adapter.shs import headers
from tests.shs import samples


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename=räksmörgås.xml".encode("latin-1"),
        'attachment; filename="räksmörgås.xml"'.encode("latin-1"),
        'attachment; filename="räksmörgås.xml"'.encode(),
        b"attachment; filename*=UTF-8''r%C3%A4ksm%C3%B6rg%C3%A5s.xml",
        b"attachment; filename*=iso-8859-1'sv'r%E4ksm%F6rg%E5s.xml",
        b"attachment; filename*0*=utf-8''r%C3%A4ksm; filename*1*=%C3%B6rg%C3%A5s; filename*2=.xml",
        b'attachment; filename="=?iso-8859-1?Q?r=E4ksm=F6rg=E5s.xml?="',
        b"attachment; filename==?utf-8?B?csOka3Ntw7ZyZ8Olcy54bWw=?=",
        b"attachment; filename=x; FILENAME*=utf-8''r%C3%A4ksm%C3%B6rg%C3%A5s.xml",
        b'attachment; filename="=?utf-8?q?r=C3=A4ksm?=\t=?utf-8?q?=C3=B6rg=C3=A5s.xml?="',
        "inline;filename = r\u00e4ksm\u00f6rg\u00e5s.xml ;".encode("latin-1"),
    ],
)
def test_a_name_is_read_in_each_of_its_four_forms(disposition: bytes) -> None:
    assert headers.filename(disposition, b"") == "räksmörgås.xml"


@pytest.mark.parametrize(
    ("disposition", "content_type", "name"),
    [
        (b"attachment;", b"*/*;", ""),
        (b"attachment", b"text/xml; name=only-here.xml", "only-here.xml"),
        (b"attachment; filename=first.xml", b"text/xml; name=second.xml", "first.xml"),
        (b"attachment; filename=my file (1).txt", b"", "my file (1).txt"),
        (b'attachment; filename="a;b.txt"; size=3', b"", "a;b.txt"),
        (b'attachment; filename="say \\"hej\\".txt"', b"", 'say "hej".txt'),
        (b'attachment; filename="unfinished.txt', b"", "unfinished.txt"),
        (b"attachment; filename*=klingon''a%E5.txt", b"", "aå.txt"),
        (b"attachment; filename*=%E5.txt", b"", "å.txt"),
        (b"attachment; filename==?utf-8?B?!?=", b"", "=?utf-8?B?!?="),
    ],
)
def test_odd_parameters_are_read_as_meant(disposition: bytes, content_type: bytes, name: str) -> None:
    assert headers.filename(disposition, content_type) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("/", ""),
        ("..", ""),
        ("folder/..", ""),
        ("a\r\nX-shs-txid: 1", "aX-shs-txid: 1"),
        ("  a.txt\x00", "a.txt"),
    ],
)
def test_only_the_base_name_of_a_path_is_taken(path: str, name: str) -> None:
    assert headers.base_name(path) == name


def test_a_windows_path_in_quotes_is_no_row_of_escapes() -> None:
    assert headers.filename(b'attachment; filename="C:\\temp\\a.txt"', b"") == "a.txt"


@settings(max_examples=150, deadline=None)
@given(samples.filenames.filter(bool))
def test_a_written_name_is_read_back(name: str) -> None:
    assert headers.filename(b"attachment" + headers.name_parameter(b"filename", name), b"") == name


def test_a_name_is_written_raw_where_it_cannot_be_mistaken() -> None:
    assert headers.name_parameter(b"name", "a.xml") == b"; name=a.xml"
    assert headers.name_parameter(b"name", "å b.xml") == b'; name="\xe5 b.xml"'
    assert headers.name_parameter(b"name", "€.xml") == b"; name*=UTF-8''%E2%82%AC.xml"
    assert headers.name_parameter(b"name", "Ã¥.xml") == b"; name*=UTF-8''%C3%83%C2%A5.xml"


def test_the_first_header_of_a_kind_counts_and_folds_are_undone() -> None:
    block = b'Content-Type: multipart/mixed; \r\n\tboundary="B"\nCONTENT-TYPE: text/plain\r\nno header\n'

    found = headers.read(block)

    assert found == {b"content-type": b'multipart/mixed; \tboundary="B"'}
    assert headers.parameters(found[b"content-type"]) == {b"boundary": b"B"}


def test_raw_octets_at_the_end_of_a_line_are_not_taken_for_blanks() -> None:
    found = headers.read("Content-Disposition: attachment; filename=voilà".encode())

    assert headers.filename(found[b"content-disposition"], b"") == "voilà"
