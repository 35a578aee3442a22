from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import label_xml
from shs_adapter.shs.label import Data, History, Label, SequenceType, Status, TransferType
from tests.shs import samples

_DTD = samples.SHARED / "contracts/shs/shs-label-1.2.dtd"

_SMALLEST = (
    b'<shs.label tx.id="t" corr.id="c" sequence-type="event"><from>1</from><product>p</product>'
    b'<datetime>2026-03-01T08:15:30</datetime><content content.id="i"/></shs.label>'
)


def _with(old: bytes, new: bytes) -> bytes:
    assert old in _SMALLEST
    return _SMALLEST.replace(old, new)


@settings(max_examples=80, deadline=None)
@given(samples.labels())
def test_a_label_comes_back_as_it_was_written(label: Label) -> None:
    assert label_xml.read(label_xml.write(label)) == label


@samples.needs_dtds
@settings(max_examples=80, deadline=None)
@given(samples.labels())
def test_a_written_label_passes_the_dtd(label: Label) -> None:
    dtd = etree.DTD(StringIO(_DTD.read_text("utf-8")))

    valid = dtd.validate(etree.fromstring(label_xml.write(label)))

    assert valid


def test_a_label_is_written_for_the_scanner_of_a_receive_service() -> None:
    written = label_xml.write(samples.label(subject="Ärende €"))

    assert written.startswith(b'<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n')
    assert b'\n<!DOCTYPE shs.label SYSTEM "shs-label-1.2.dtd">\n<shs.label version="1.2" tx.id=' in written
    assert b"<subject>&#196;rende &#8364;</subject>" in written
    assert written.isascii()
    assert b"\r" not in written
    assert written.endswith(b"</shs.label>\n")


def test_what_has_a_default_is_written_out_all_the_same() -> None:
    written = label_xml.write(samples.label())

    assert b'transfer-type="asynch"' in written
    assert b'status="production"' in written
    assert b'<from commonName="">urn:X-shs:2120000001</from>' in written


def test_the_originator_is_written_before_the_sender() -> None:
    written = label_xml.write(samples.label(originator="2120000001.hemtjanst"))

    assert written.index(b"<originator>") < written.index(b"<from ")


def test_a_prefix_that_is_there_already_is_written_once() -> None:
    written = label_xml.write(samples.label(to="urn:x-shs:2021005521"))

    assert b"<to>urn:X-shs:2021005521</to>" in written


def test_what_would_be_markup_is_escaped_in_texts_and_in_attributes() -> None:
    label = samples.label(
        to="2\"<&>'",
        to_name="\"<&>'\t\n\r",
        sender_name="Å",
        subject="]]>",
        data=(Data(datapart_type='"/>', filename="<å>"),),
    )

    written = label_xml.write(label)

    assert b'<from commonName="&#197;">' in written
    assert b'<to commonName="&quot;&lt;&amp;&gt;\'&#9;&#10;&#13;">urn:X-shs:2"&lt;&amp;&gt;\'</to>' in written
    assert b"<subject>]]&gt;</subject>" in written
    assert b'<data datapartType="&quot;/&gt;" filename="&lt;&#229;&gt;"/></content>' in written


def test_a_time_is_written_in_whole_seconds() -> None:
    written = label_xml.write(samples.label(datetime=datetime(26, 3, 1, 8, 15, 30, 999_999)))  # noqa: DTZ001

    assert b"<datetime>0026-03-01T08:15:30</datetime>" in written


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"tx_id": ""}, "missing at shs.label/@tx.id"),
        ({"corr_id": "two words"}, "illegal_token at shs.label/@corr.id"),
        ({"content_id": "x" * 37}, "too_long at content/@content.id"),
        ({"content_id": ""}, "missing at content/@content.id"),
        ({"agreement": "a/b"}, "illegal_token at shs.label/@shs.agreement"),
        ({"sender": ""}, "missing at shs.label/from"),
        ({"product": ""}, "missing at shs.label/product"),
        ({"datetime": None}, "missing at shs.label/datetime"),
        ({"datetime": datetime(2026, 3, 1, tzinfo=UTC)}, "illegal_time at shs.label/datetime"),
        ({"subject": "a\x00b"}, "illegal_character at subject"),
        ({"sender_name": "\ud800"}, "illegal_character at from"),
        ({"end_recipient": "3\x0b4"}, "illegal_character at end-recipient"),
        ({"data": (Data(datapart_type="\x0b"),)}, "illegal_character at data"),
        ({"data": (Data(datapart_type="\x0b"),), "content_id": ""}, "illegal_character at data"),
        ({"tx_id": "", "subject": "a\x00b"}, "missing at shs.label/@tx.id"),
        ({"data": (Data(datapart_type="q"),), "compound": 2}, "data_and_compound at content"),
        ({"history": (History(node_id="", datetime=None),)}, "missing at history/@node.id"),
        ({"history": (History(node_id="n", datetime=None),)}, "missing at history/datetime"),
    ],
)
def test_what_the_dtd_would_refuse_is_not_written(changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        label_xml.write(samples.label(**changes))

    assert str(refused.value) == refusal


def test_the_smallest_label_gets_the_defaults_of_the_dtd() -> None:
    label = label_xml.read(_SMALLEST)

    assert (label.transfer_type, label.status) == (TransferType.ASYNCH, Status.PRODUCTION)
    assert (label.sequence_type, label.sender, label.to) == (SequenceType.EVENT, "1", "")
    assert label.flags == ()


@pytest.mark.parametrize(
    ("old", "new", "flag"),
    [
        (b' tx.id="t"', b"", "missing at shs.label/@tx.id"),
        (b' content.id="i"', b"", "missing at content/@content.id"),
        (b"<product>p</product>", b"", "missing at shs.label/product"),
        (b'"event"', b'"sequel"', "illegal_word at shs.label/@sequence-type"),
        (b' sequence-type="event"', b"", "illegal_word at shs.label/@sequence-type"),
        (b"30</datetime>", b"30+02:00</datetime>", "illegal_time at shs.label/datetime"),
        (b"30</datetime>", b"30.0</datetime>", "illegal_time at shs.label/datetime"),
        (b"T08:15:30", b"", "illegal_time at shs.label/datetime"),
        (b"T08:15:30", b"T25:15:30", "illegal_time at shs.label/datetime"),
        (
            b'"i"/>',
            b'"i"><data datapartType="q" no-of-bytes="few"/></content>',
            "illegal_number at data/@no-of-bytes",
        ),
    ],
)
def test_what_is_tolerated_is_flagged(old: bytes, new: bytes, flag: str) -> None:
    assert label_xml.read(_with(old, new)).flags == (flag,)


@pytest.mark.parametrize("word", [b"Test", b" test", b"TEST\r\n"])
def test_a_word_is_known_in_any_case_and_flagged(word: bytes) -> None:
    label = label_xml.read(_with(b"sequence-type", b'status="' + word + b'" sequence-type'))

    assert label.status is Status.TEST
    assert label.flags == ("illegal_word at shs.label/@status",)


def test_a_zone_is_dropped_and_not_converted() -> None:
    label = label_xml.read(_with(b"30</datetime>", b"30Z</datetime>"))

    assert label.datetime == datetime(2026, 3, 1, 8, 15, 30)  # noqa: DTZ001


def test_order_and_repetition_do_not_disturb_reading() -> None:
    label = label_xml.read(
        _with(b"<product>", b"<to>2</to><originator>3</originator><from>4</from><x/><product>")
    )

    assert (label.sender, label.to, label.originator) == ("1", "2", "3")


def test_blanks_around_a_time_are_no_oddity() -> None:
    label = label_xml.read(_with(b"30</datetime>", b"30 \n</datetime>"))

    assert label.datetime == datetime(2026, 3, 1, 8, 15, 30)  # noqa: DTZ001  # the wire has no zones
    assert label.flags == ()


def test_the_attributes_of_a_party_are_its_own_and_those_of_the_first() -> None:
    label = label_xml.read(
        _with(
            b"<from>1</from>",
            b'<from e-mail="a@b" name="n" n:commonName="c" xmlns:n="urn:n">1</from>'
            b'<from commonName="second" labeledURI="u">2</from>'
            b'<originator name="o" commonName="c">3</originator>',
        )
    )

    assert (label.sender, label.sender_name, label.sender_email, label.sender_uri) == ("1", "", "a@b", "")
    assert (label.originator, label.originator_name, label.originator_uri) == ("3", "o", "")
    assert label.flags == ()


def test_the_content_id_of_version_1_1_is_read() -> None:
    label = label_xml.read(_with(b"content.id", b"uuid"))

    assert (label.content_id, label.flags) == ("i", ())


def test_an_undeclared_subject_in_latin_1_is_refused_and_a_declared_one_read() -> None:
    subject = _with(b"<datetime>", b"<subject>\xe5</subject><datetime>")

    declared = label_xml.read(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + subject)

    assert declared.subject == "å"
    with pytest.raises(MalformedMessage):
        label_xml.read(subject)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", "xml_syntax at shs.label"),
        (b"<shs.label>", "xml_syntax at shs.label"),
        (b"<shs.management/>", "xml_root at shs.label"),
        (b"\xef\xbb\xbf" + _SMALLEST, "byte_order_mark at shs.label"),
        (b'<!DOCTYPE shs.label [<!ENTITY e "x">]>' + _SMALLEST, "xml_doctype at shs.label"),
        (
            b'<!DOCTYPE shs.label SYSTEM "shs-label-1.2.dtd">'
            + _with(b"<datetime>", b"<subject>&e;</subject><datetime>"),
            "xml_entity at shs.label",
        ),
    ],
)
def test_what_is_no_label_is_refused(data: bytes, refusal: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        label_xml.read(data)

    assert str(refused.value).startswith(refusal)
    assert refused.value.__cause__ is None


def test_free_texts_do_not_show_in_a_repr() -> None:
    secret = "201701012393"
    label = samples.label(
        subject=secret,
        comment=secret,
        originator=secret,
        originator_name=secret,
        end_recipient=secret,
        meta=(("person", secret),),
        data=(Data(datapart_type="q", filename=secret),),
        history=(History(node_id="n", datetime=None, comment=secret),),
    )

    assert secret not in repr(label)
