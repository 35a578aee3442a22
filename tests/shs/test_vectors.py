"""The shared sample messages, each by its name: what is read of it, what is refused, and with which code."""

from email import message_from_bytes
from hashlib import sha256

import pytest

from shs_adapter.errors import MalformedMessage
from shs_adapter.shs import incoming, message, notices
from shs_adapter.shs.incoming import Confirmation, Failure
from shs_adapter.shs.label import SequenceType, Status, TransferType
from tests.shs import samples

pytestmark = samples.needs_vectors

_VECTORS = samples.SHARED / "vectors/shs"

_TEXT = "c7a6cee00089ff5b7879f7043e37705c4d418b2d88e9ade6ef4512df6be25df4"
_MANAGEMENT = "7f3df9aa85c0cc258731430f3366ae41aa0d13b6cb1be2d4555c47fec2f23009"
_PROPERTIES = "88f86b05dae50549afdc327b310d5a0da946d0ac5f22f60e7a978c128bf2a692"
_BODY = "7136799df2d343e18ede5d64b235767eb4e3dd6d1e02e6b1268edf2f87d43be9"

# File, tx.id, and of the one part: type, file name, content type, size, sha256.
_SAMPLES = {
    "shsTextMessage.mime": ("4c9fd3e8", "txt", "text.txt", "text/plain; charset=us-ascii", 447, _TEXT),
    "shsTextMessageNoFileName.mime": ("4c9fd3e8", "txt", "", "text/plain; charset=us-ascii", 447, _TEXT),
    "shsTextMessageSwedishFileName.mime": (
        "4c9fd3e8",
        "txt",
        "filnamn-med-åäö.xml",
        "text/plain; charset=iso-8859-1",
        447,
        _TEXT,
    ),
    "shsErrorMessage.mime": (
        "4c9fd3e8",
        "error",
        "error.xml",
        "text/xml; charset=us-ascii",
        382,
        _MANAGEMENT,
    ),
    "981ead58-b2b1-4373-b3b8-d93e1594f359.mime": (
        "981ead58",
        "properties",
        "98config.properties",
        "*/*",
        4283,
        _PROPERTIES,
    ),
    "e41a8be7-5e81-46cd-8418-11a250348c29.mime": (
        "e41a8be7",
        "properties",
        "e4config.properties",
        "*/*",
        4283,
        _PROPERTIES,
    ),
    "no-filename.mime": ("9212a1dd", "properties", "", "*/*", 4283, _PROPERTIES),
    "mimeMessage.txt": ("cee13995", "txt", "testfile.txt", "text/plain; charset=iso-8859-1", 12, _BODY),
    "mimeMessageWithoutFilename.txt": ("cee13995", "txt", "", "text/plain; charset=UTF-8", 12, _BODY),
}

_BROKEN = {
    "shsTextMessageBroken.mime": "no_closing_boundary at message",
    "shsTextMessageTotallyBroken.mime": "no_closing_boundary at message",
}

_PROBES_READ = {
    "01-base",
    "03-preamble-epilogue",
    "05-unquoted-boundary",
    "07-multipart-related",
    "17-compound-element",
    "19-label-TEXT-XML-upper",
    "21-label-latin1-subject",
    "23-label-ctutf8-bytes-latin1",
    "25-label-base64",
    "27-label-no-cte",
    "29-label-doctype-http-url",
    "31-label-doctype-unknown",
    "33-label-newline-after-root",
    "35-label-unknown-attr",
    "37-label-bad-enum",
    "39-label-defaults",
    "41-datetime-zulu",
    "43-datetime-date-only",
    "45-datetime-space",
    "47-long-headers-before-label",
    "51-fn-utf8-raw-quoted",
    "53-fn-rfc2047",
    "55-fn-trailing-semicolon",
    "57-no-disposition-name-in-ct",
    "59-inline-disposition",
    "61-fn-winpath",
    "63-no-content-type",
    "65-cte-7bit",
    "67-cte-qp",
    "69-cte-base64-with-comment",
    "73-empty-datapart",
    "75-boundary-trailing-ws",
    "77-nonstrict-ct-params",
    "83-urn-missing-prefix",
    "85-mixed-lf-headers",
    "end-at-4095",
    "end-at-4097",
}
_PROBES_REFUSED = {
    "09-text-plain-top": "not_multipart at message",
    "11-missing-end-boundary": "no_closing_boundary at message",
    "13-label-only": "too_few_parts at message",
    "15-fewer-parts-than-data": "fewer_parts_than_data at message",
    "71-cte-base64-invalid": "broken_encoding at part 1",
    "79-label-with-bom": "byte_order_mark at shs.label",
    "81-xxe-internal": "xml_doctype at shs.label",
}
_SCAN_REFUSED = {
    "25-label-base64",
    "33-label-newline-after-root",
    "47-long-headers-before-label",
    "81-xxe-internal",
    "end-at-4097",
}

# The others hold "Hello", "world", and have no flags.
_CONTENTS = {"67-cte-qp": b"\xe5\xe4", "69-cte-base64-with-comment": b"Hello", "73-empty-datapart": b""}
_FLAGS = {
    "17-compound-element": ("not_in_label at part 1",),
    "37-label-bad-enum": tuple(
        f"illegal_word at shs.label/@{name}" for name in ("transfer-type", "sequence-type", "status")
    ),
    "41-datetime-zulu": ("illegal_time at shs.label/datetime",),
    "43-datetime-date-only": ("illegal_time at shs.label/datetime",),
    "45-datetime-space": ("illegal_time at shs.label/datetime",),
}

# Of each written by Axel: file name and content of the last part; None: a management document.
_AXEL = {
    "out-base64": ("fil.bin", "Hej åäö\nrad2"),
    "out-confirm": ("confirm.xml", None),
    "out-error": ("error.xml", None),
    "out-error-generic": ("error.xml", None),
    "out-long-contentid-two-parts": ("b.xml", "y"),
    "out-noname-nocte": ("", "Hej åäö\r\nrad2"),
    "out-simple-binary": ("fil.txt", "Hej åäö\nrad2"),
    "out-swedish-name": ("filnamn-med-åäö med blank.xml", "Hej åäö\nrad2"),
}


def _raw(folder: str, name: str) -> bytes:
    return (_VECTORS / folder / name).read_bytes()


def test_every_vector_has_an_expectation() -> None:
    probes = {path.name for path in (_VECTORS / "probe").iterdir()} - {"VERDICTS.md"}

    assert probes == _PROBES_READ | _PROBES_REFUSED.keys()
    assert {path.name for path in (_VECTORS / "mime").iterdir()} == _SAMPLES.keys() | _BROKEN.keys()
    assert {path.stem for path in (_VECTORS / "axel-output").glob("*.mime")} == _AXEL.keys()


@pytest.mark.parametrize("name", _SAMPLES)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_sample_is_read_whole(name: str, line_end: bytes) -> None:
    tx_id, datapart_type, filename, content_type, size, digest = _SAMPLES[name]
    raw = _raw("mime", name)
    head, body = raw.split(b"\n\n", 1)

    found = message.read(head.replace(b"\n", line_end) + line_end * 2 + body)

    (part,) = found.parts
    assert found.label.tx_id.startswith(tx_id)
    assert (part.datapart_type, part.filename, part.content_type) == (datapart_type, filename, content_type)
    assert (len(part.content), sha256(part.content).hexdigest()) == (size, digest)
    assert message.scan(raw) == found.label


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_sample_is_refused(name: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        message.read(_raw("mime", name))

    assert str(refused.value) == _BROKEN[name]


def test_the_scanner_takes_a_truncated_sample_and_not_one_cut_off_inside_the_label() -> None:
    assert message.scan(_raw("mime", "shsTextMessageBroken.mime")).tx_id.startswith("4c9fd3e8")
    with pytest.raises(MalformedMessage):
        message.scan(_raw("mime", "shsTextMessageTotallyBroken.mime"))


@pytest.mark.parametrize("name", sorted(_PROBES_READ))
def test_a_probe_is_read(name: str) -> None:
    found = message.read(_raw("probe", name))

    (part,) = found.parts
    assert (found.label.tx_id, found.label.corr_id, found.label.content_id) == ("tx-1", "tx-1", "c-1")
    assert (found.label.sender, found.label.to) == ("0000000000", "1111111111")
    assert part.content == _CONTENTS.get(name, b"Hello\nworld")
    assert part.filename == "a.txt"
    assert found.flags == _FLAGS.get(name, ())


@pytest.mark.parametrize("name", _PROBES_REFUSED)
def test_a_probe_is_refused_with_what_and_where(name: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        message.read(_raw("probe", name))

    assert str(refused.value) == _PROBES_REFUSED[name]


@pytest.mark.parametrize("name", sorted(_PROBES_READ | _PROBES_REFUSED.keys()))
def test_the_scanner_judges_a_probe_as_a_receive_service_does(name: str) -> None:
    raw = _raw("probe", name)

    if name in _SCAN_REFUSED:
        with pytest.raises(MalformedMessage):
            message.scan(raw)
    else:
        assert message.scan(raw).tx_id == "tx-1"


def test_words_that_are_none_are_read_as_what_was_meant_or_as_the_default() -> None:
    label = message.read(_raw("probe", "37-label-bad-enum")).label

    assert (label.transfer_type, label.sequence_type) == (TransferType.ASYNCH, SequenceType.EVENT)
    assert label.status is Status.TEST


@pytest.mark.parametrize("name", ["21-label-latin1-subject", "23-label-ctutf8-bytes-latin1"])
def test_the_xml_declaration_decides_the_encoding(name: str) -> None:
    assert message.read(_raw("probe", name)).label.subject == "åäö"


@pytest.mark.parametrize(
    ("name", "filename"),
    [
        ("51-fn-utf8-raw-quoted", "filnamn-åäö.xml"),
        ("53-fn-rfc2047", "filnamn-åäö.xml"),
        ("57-no-disposition-name-in-ct", "onlyct.txt"),
        ("59-inline-disposition", "inl.txt"),
        ("61-fn-winpath", "a.txt"),
        ("77-nonstrict-ct-params", "a (1).txt"),
    ],
)
def test_a_file_name_is_read_from_the_headers_where_the_label_has_none(name: str, filename: str) -> None:
    raw = _raw("probe", name).replace(b' filename="a.txt"/>', b"/>")

    assert message.read(raw).parts[0].filename == filename


@pytest.mark.parametrize("name", _AXEL)
def test_what_axel_writes_is_read(name: str) -> None:
    filename, content = _AXEL[name]

    found = message.read(_raw("axel-output", f"{name}.mime"))

    assert found.parts[-1].filename == filename
    assert content is None or found.parts[-1].content == content.encode("latin-1")
    assert found.flags == ()


def test_the_standard_library_agrees_about_every_content() -> None:
    probes = _PROBES_READ - {"69-cte-base64-with-comment"}  # it knows no comment there
    files = [_VECTORS / "probe" / name for name in probes] + [_VECTORS / "mime" / name for name in _SAMPLES]

    for path in files:
        raw = path.read_bytes()
        _, *oracle = [part for part in message_from_bytes(raw).walk() if not part.is_multipart()]
        found = message.read(raw).parts
        assert [part.get_payload(decode=True) for part in oracle] == [part.content for part in found], (
            path.name
        )


@pytest.mark.parametrize(
    ("folder", "name", "meaning"),
    [
        (
            "mime",
            "shsErrorMessage.mime",
            Failure(
                "5a01ff87-e641-486e-8521-8e82d1ee1052",
                "ad0bc04c-a56c-4117-bec5-19f0d4437fdf",
                "MissingAgreement",
            ),
        ),
        (
            "axel-output",
            "out-error-generic.mime",
            Failure(
                "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "OtherError"
            ),
        ),
        (
            "axel-output",
            "out-confirm.mime",
            Confirmation("11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
        ),
    ],
)
def test_administrative_messages_are_understood(
    folder: str, name: str, meaning: Confirmation | Failure
) -> None:
    assert incoming.meaning(message.read(_raw(folder, name))) == meaning


def test_a_text_under_the_product_error_is_not_taken_for_a_failure_of_ours() -> None:
    with pytest.raises(MalformedMessage):
        incoming.meaning(message.read(_raw("mime", "shsTextMessage.mime")))


def test_the_list_of_another_vendor_is_read_in_order() -> None:
    found = notices.read(_raw("message-lists", "listMessagesResponse.xml"))

    assert [notice.tx_id[:8] for notice in found] == ["e41a8be7", "981ead58", "9212a1dd"]
    assert [notice.corr_id[:8] for notice in found] == ["e41a8be7", "981ead58", "981ead58"]
    assert [f"{notice.timestamp}" for notice in found[:2]] == ["2013-06-01 23:44:05", "2013-06-02 00:00:20"]
    assert {(notice.sender, notice.to, notice.content_id) for notice in found} == {
        ("0000000000", "1111111111", "")
    }
    assert {notice.size for notice in found} == {0}


def test_the_lists_of_axel_are_read() -> None:
    (notice,) = notices.read(_raw("axel-output", "out-list.xml"))

    assert notices.read(_raw("axel-output", "out-list-empty.xml")) == ()
    assert (notice.product, notice.to, notice.status) == ("confirm", "1111111111.agda", Status.TEST)
