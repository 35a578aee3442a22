"""Each reader of bytes from outside: what it is given to begin with, and what must hold whatever it is given.

Rule: a reader returns, or raises an error of our own. Anything else is a surprise, and a case for the corpus.
"""

import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from shs_adapter.errors import AdapterError, MalformedAnswer
from shs_adapter.sandbox import letters
from shs_adapter.sandbox.letters import Letter
from shs_adapter.shs import label_xml, management, message, notices, receipt
from shs_adapter.shs.incoming import meaning
from shs_adapter.shs.label import Label, SequenceType, Status
from shs_adapter.shs.management import ErrorInfo, Management
from shs_adapter.shs.mime import Part
from shs_adapter.shs.notices import Notice
from shs_adapter.ssbtek.answer import Asked, Outcome, Verdict, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import SKV_PARTS, Agency
from shs_adapter.xml import parse
from tests.shs.samples import label
from tests.ssbtek.samples import NOTHING, SOMETHING, answer, answer_11, asked, error, skv_part

_NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
_WALL = datetime(2026, 11, 23, 8, 30)  # noqa: DTZ001  # nodes write no zone
_ORIGINAL = Label(
    tx_id="11111111-1111-4111-8111-111111111111",
    corr_id="11111111-1111-4111-8111-111111111111",
    content_id="22222222-2222-4222-8222-222222222222",
    sequence_type=SequenceType.REQUEST,
    product="55b7e000-0000-4000-8000-000000000010",
    datetime=_WALL,
    sender="2120002411",
    to="2021005521",
    status=Status.TEST,
)


@dataclass(frozen=True, slots=True)
class Target:
    seeds: tuple[bytes, ...]
    run: Callable[[bytes], None]


def _raising(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        with suppress(AdapterError):
            read(data)

    return run


def _sent(letter: Letter) -> bytes:
    """The same bytes in every run: their ids are those of the original."""
    raw = letter.raw
    for identity in {letter.label.tx_id, letter.label.content_id} - {_ORIGINAL.content_id}:
        raw = raw.replace(identity.encode(), _ORIGINAL.tx_id.encode())
    return raw


def _message(data: bytes) -> None:
    meaning(message.read(data))


def _receipt(data: bytes) -> None:
    """The first line of *data* is a header's value as the driver hands it over, the rest is the body."""
    value, _, body = data.partition(b"\n")
    found = receipt.read({"X-shs-nodeid": value.decode("utf-8", "surrogateescape")}, body)
    if found is not None:
        found.node_id.encode()
        assert len(found.node_id) <= 200
        assert "\x00" not in found.node_id


def _listed(data: bytes) -> None:
    for found in notices.read(data, 200):
        for text in (found.tx_id, found.corr_id, found.content_id, found.product, found.sender):
            assert len(text.encode()) <= 800
            assert not re.search("[\x00-\x1f]", text)


def _answer(version: int, about: Asked) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        try:
            judged = judge(data, about, CONTRACTS[version])
        except MalformedAnswer:
            return
        if judged.verdict is Verdict.COMPLETE:
            assert about.correlation_id.encode() in data or b"&#" in data or not data.isascii()
        for agency in about.agencies:
            assert judged.results[agency].outcome is not Outcome.UNASKED

    return run


def _inside(agency: Agency, name: str) -> Callable[[bytes], None]:
    """What stands in base64 inside the agency's part."""
    run = _answer(10, asked(agency))

    def inner(data: bytes) -> None:
        content = base64.b64encode(data).decode()
        run(answer({agency: f"<s:data><s:{name}>{content}</s:{name}></s:data>"}))

    return inner


def _contents(agency: Agency) -> tuple[bytes, ...]:
    """What stands there in the samples."""
    parts = (SOMETHING[agency], NOTHING[agency])
    found = [re.search(r">([A-Za-z0-9+/=]{40,})</", part) for part in parts]
    return tuple(base64.b64decode(one[1]) for one in found if one)


_SKV_11 = {Agency.SKV: "".join(skv_part(name, {"konto": [{"belopp": "1"}]}) for name in SKV_PARTS)}
_PLAIN = b"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE a SYSTEM 'a'><a b='c'>d</a>"
_RECEIPTS = (b"V\xe4ster\xe5s\n" + _ORIGINAL.tx_id.encode(), "Åmål\nOK".encode())

TARGETS: Mapping[str, Target] = {
    "xml": Target(
        (b"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE a SYSTEM 'a'><a b='c'>d</a>",), _raising(parse)
    ),
    "label": Target((label_xml.write(label()), label_xml.write(_ORIGINAL)), _raising(label_xml.read)),
    "message": Target(
        (
            _sent(letters.confirm(_ORIGINAL, _NOW)),
            _sent(letters.error(_ORIGINAL, "MissingAgreement", _NOW)),
            _sent(letters.answer(_ORIGINAL, Part(content=b""), answer(NOTHING), _NOW)),
        ),
        _raising(_message),
    ),
    "management": Target(
        (
            management.write(Management(corr_id="c", content_id="i", datetime=_WALL, error=None)),
            management.write(
                Management(corr_id="c", content_id="i", datetime=_WALL, error=ErrorInfo(code="OtherError"))
            ),
        ),
        _raising(management.read),
    ),
    "list": Target(
        (
            notices.write(
                Notice(tx_id=f"t{number}", timestamp=_WALL, sequence_type=SequenceType.REPLY, size=number)
                for number in range(3)
            ),
        ),
        _raising(_listed),
    ),
    "receipt": Target(
        (b"V\xe4ster\xe5s\n" + _ORIGINAL.tx_id.encode(), "Åmål\nOK".encode()), _raising(_receipt)
    ),
    **{
        f"answer-10-{agency}": Target(
            (
                answer({agency: SOMETHING[agency]}),
                answer({agency: NOTHING[agency]}),
                answer({agency: error("1")}),
            ),
            _answer(10, asked(agency)),
        )
        for agency in Agency
    },
    **{
        f"answer-11-{agency}": Target(
            (answer_11({agency: part}),),
            _answer(11, asked(agency, skv_parts=frozenset(SKV_PARTS))),
        )
        for agency, part in {**SOMETHING, **_SKV_11}.items()
    },
    "lefi": Target(_contents(Agency.FK), _inside(Agency.FK, "lefiJsonSvar")),
    "csn": Target(_contents(Agency.CSN), _inside(Agency.CSN, "svar")),
}
