"""How fast a message is built and read, label and all, at 2 KiB, 100 KiB and 10 MiB.

    python -m bench.envelope [percent of the usual rounds]

A size is that of the content before any transfer encoding, and MB/s counts its bytes, a million to the MB.
Times are processor time; what is judged is the median of the rounds, in which all contenders take turns.

email: the standard library writes and reads the frame, with the label written and read by us all the same.
floor: what nobody can avoid. Base64: bare binascii, in one line and lenient, and one join to build. Binary:
one join to build, one search for the boundary and one copy to read. Neither knows of a label.

Prints a table, with the best rounds, on standard error and the figures of `bench.figures` on standard output.
"""

import binascii
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from io import BytesIO
from typing import Any

from bench.figures import Figure
from shs_adapter.shs import label_xml, message
from shs_adapter.shs.label import Data, History, Label, SequenceType
from shs_adapter.shs.mime import Part

LINE = "i"
ENCODINGS = ("binary", "base64")

LABEL = Label(
    tx_id="0d3f6e0a-6a0e-4a53-9d0e-2f1b7a54c001",
    corr_id="0d3f6e0a-6a0e-4a53-9d0e-2f1b7a54c001",
    content_id="5b7a4f77-93a5-4f0e-8b1d-77c0a1e2d002",
    sequence_type=SequenceType.REQUEST,
    product="9c1e1f04-52c1-4d0a-a3b9-1f6f0e7d3003",
    datetime=datetime(2026, 3, 1, 8, 15, 30),  # noqa: DTZ001  # the wire has no zones
    sender="2120000001",
    to="2021005521",
    agreement="7a1d2c04-11c1-4b0a-9f39-2f6f0e7d3004",
)
PASSAGE = History(
    node_id="NODE",
    datetime=LABEL.datetime,
    tx_id=LABEL.tx_id,
    content_id=LABEL.content_id,
    to=LABEL.to,
    local_id=LABEL.tx_id,
    agreement=LABEL.agreement,
    comment="Received",
)
RECORD = (
    "<Utbetalning><Datum>2026-10-01</Datum><Förmån>Barnbidrag</Förmån><Belopp>1250</Belopp></Utbetalning>\n"
)

BOUNDARY = b"=_0123456789abcdef0123456789abcdef"
HEAD = b"x" * 900 + b"\r\n--" + BOUNDARY + b"\r\n\r\n"
TAIL = b"\r\n--" + BOUNDARY + b"--\r\n"

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Size:
    """*least* and *aim* are of base64: microseconds at most, or MB/s at least, by direction."""

    name: str
    octets: int
    unit: str
    calls: int  # in a round
    rounds: int
    least: Mapping[str, float]
    aim: Mapping[str, float]


LARGE = {"least": {"build": 150.0, "read": 200.0}, "aim": {"build": 180.0, "read": 280.0}}
SIZES = (
    Size("2 KiB", 2 << 10, "us", 100, 60, {"build + read": 60.0}, {"build + read": 60.0}),
    Size("100 KiB", 100 << 10, "MB/s", 8, 60, **LARGE),
    Size("10 MiB", 10 << 20, "MB/s", 1, 21, **LARGE),
)


def part(octets: int, encoding: str) -> Part:
    """Lines of text: what `email` would rewrite in a binary part it finds nowhere in this one."""
    record = RECORD.encode()
    content = (record * (octets // len(record) + 1))[: octets - 1] + b"\n"
    return Part(
        content=content,
        content_type="text/xml; charset=UTF-8",
        transfer_encoding=encoding,
        datapart_type="ssbtek",
    )


def email_build(content: Part) -> bytes:
    described = Data(datapart_type=content.datapart_type, no_of_bytes=len(content.content))
    whole = MIMEMultipart("mixed", boundary=BOUNDARY.decode())
    label = MIMEBase("text", "xml", charset="ISO-8859-1")
    label.set_payload(label_xml.write(replace(LABEL, data=(described,))))
    data = MIMEBase("text", "xml", charset="UTF-8")
    data.set_payload(content.content)
    if content.transfer_encoding == "base64":
        encode_base64(data)
    else:
        data["Content-Transfer-Encoding"] = "binary"
    data.add_header("Content-Disposition", "attachment")
    for one in (label, data):
        if isinstance(one.get_payload(), bytes):
            one.set_payload(one.get_payload().decode("ascii", "surrogateescape"))
        whole.attach(one)
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=policy.compat32).flatten(whole)
    return written.getvalue()


def email_read(raw: bytes) -> bytes:
    label, data = message_from_bytes(raw).get_payload()
    label_xml.read(label.get_payload(decode=True))
    return data.get_payload(decode=True)


def floor_build(content: Part) -> bytes:
    if content.transfer_encoding == "binary":
        return b"".join((HEAD, content.content, TAIL))
    return b"".join((HEAD, binascii.b2a_base64(content.content, newline=False), TAIL))


def floor_read(raw: bytes, encoding: str) -> bytes:
    body = raw[len(HEAD) : raw.find(TAIL)]
    return body if encoding == "binary" else binascii.a2b_base64(body)


def contenders(octets: int, encoding: str) -> dict[tuple[str, str], Work]:
    """What is timed, by contender and direction; raises SystemExit where one of them reads amiss."""
    content = part(octets, encoding)
    ours, theirs, bare = message.build(LABEL, [content]), email_build(content), floor_build(content)
    works: dict[tuple[str, str], Work] = {
        ("ours", "build"): lambda: message.build(LABEL, [content]),
        ("ours", "read"): lambda: message.read(ours),
        ("email", "build"): lambda: email_build(content),
        ("email", "read"): lambda: email_read(theirs),
        ("floor", "build"): lambda: floor_build(content),
        ("floor", "read"): lambda: floor_read(bare, encoding),
    }
    read = {message.read(raw).parts[0].content for raw in (ours, theirs)}
    if read | {email_read(ours), floor_read(bare, encoding)} != {content.content}:
        raise SystemExit("not everybody reads the same: what is measured would mean nothing")
    return works


def times(
    works: Mapping[tuple[str, str], Work], calls: int, rounds: int
) -> dict[tuple[str, str], list[float]]:
    """Seconds a call, of each work in each round."""
    found: dict[tuple[str, str], list[float]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, work in works.items():
            began = time.process_time_ns()
            for _ in range(calls):
                work()
            found[key].append((time.process_time_ns() - began) / 1e9 / calls)
    return found


def figures(size: Size, encoding: str, rounds: int) -> Iterator[tuple[Figure, Figure, Figure]]:
    """Of each direction the median, the best, and the median of `email`."""

    def shown(seconds: float) -> float:
        return round(seconds * 1e6 if size.unit == "us" else size.octets / 1e6 / seconds, 1)

    shape: dict[str, Any] = {"line": LINE, "unit": size.unit, "lower_is_better": size.unit == "us"}
    found = times(contenders(size.octets, encoding), size.calls, rounds)
    for who in ("ours", "email", "floor"):
        pairs = zip(found[who, "build"], found[who, "read"], strict=True)
        found[who, "build + read"] = [sum(pair) for pair in pairs]
    for direction in ("build", "read", "build + read"):
        name = f"{direction} {size.name} {encoding}"
        # The limit of both together holds for either encoding; those of one direction speak of base64.
        judged = encoding == "base64" or direction == "build + read"
        yield (
            Figure(
                name=name,
                value=shown(statistics.median(found["ours", direction])),
                floor=shown(statistics.median(found["floor", direction])),
                least=size.least.get(direction) if judged else None,
                aim=size.aim.get(direction) if judged else None,
                **shape,
            ),
            Figure(
                name=f"{name}, best round",
                value=shown(min(found["ours", direction])),
                floor=shown(min(found["floor", direction])),
                **shape,
            ),
            Figure(
                name=f"{name}, email",
                value=shown(statistics.median(found["email", direction])),
                **shape,
            ),
        )


def history(rounds: int) -> Figure:
    """What reading costs when a node has written in the label, as nodes do."""
    whole = message.build(replace(LABEL, history=(PASSAGE,)), [part(2 << 10, "binary")])
    found = times({("ours", "read"): lambda: message.read(whole)}, 100, rounds)
    seconds = statistics.median(found["ours", "read"])
    return Figure(
        line=LINE,
        name="read 2 KiB binary, with a history",
        value=round(seconds * 1e6, 1),
        unit="us",
        lower_is_better=True,
    )


def main(arguments: Sequence[str]) -> None:
    share = int(arguments[0]) / 100 if arguments else 1.0
    columns = ("median", "best", "floor", "email", "least", "aim")
    print(f"{'':32}{'':6}" + "".join(f"{column:>10}" for column in columns), file=sys.stderr)
    for size in SIZES:
        for encoding in ENCODINGS:
            for ours, best, email in figures(size, encoding, max(3, round(size.rounds * share))):
                values = (ours.value, best.value, ours.floor, email.value, ours.least, ours.aim)
                cells = "".join(f"{'' if value is None else value:>10}" for value in values)
                print(f"{ours.name:32}{ours.unit:6}{cells}", file=sys.stderr)
                ours.tell()
                email.tell()
    passed = history(max(3, round(SIZES[0].rounds * share)))
    print(f"{passed.name:34}{passed.unit:4}{passed.value:>10}", file=sys.stderr)
    passed.tell()


if __name__ == "__main__":
    main(sys.argv[1:])
