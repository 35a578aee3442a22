"""Messages that are made to keep the reader busy before anybody knows what they are.

    python -m tests.hostile.heavy_messages [MiB]

reads one of every kind, so large, as the daemon does in its event loop, once when it is fetched and once when
it is decoded, and tells the processor time of the longer of the two. It fails where that is over a second.
"""

import base64
import sys
import time
from collections.abc import Callable, Mapping

from shs_adapter.daemon import judging
from shs_adapter.daemon.reading import read
from tests.daemon.scripted import answer_of, error_of
from tests.hostile.heavy_answers import sized
from tests.sandbox.harness import label, question

MOST_SECONDS = 1.0

_ASKED = question(label())
_ANSWER, _ERROR = answer_of(_ASKED).raw, error_of(_ASKED).raw
_TX_ID = "any"  # it is compared at last


def _message(*parts: bytes, top: bytes = b'multipart/mixed; boundary="b"') -> bytes:
    head = b"Content-Type: " + top + b"\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


_LABEL = _ANSWER[_ANSWER.index(b"<shs.label") : _ANSWER.index(b"</shs.label>") + 12]


def _labelled(label: bytes, *parts: bytes) -> bytes:
    return _message(b"Content-Type: text/xml\r\n\r\n" + label, *(parts or (b"\r\nx",)))


def _in_label(inside: bytes) -> bytes:
    return _labelled(_LABEL.replace(b"</shs.label>", inside + b"</shs.label>"))


def _part(encoding: bytes, content: bytes, head: bytes = b"") -> bytes:
    return _labelled(_LABEL, b"Content-Transfer-Encoding: " + encoding + b"\r\n" + head + b"\r\n" + content)


def _told(inside: bytes) -> bytes:
    """An error whose text or whose elements are these."""
    return _ERROR.replace(b"</error>", inside + b"</error>").replace(
        b"/></shs.management>", b">" + inside + b"</error></shs.management>"
    )


KINDS: Mapping[str, Callable[[int], bytes]] = {
    "parts": lambda n: _labelled(_LABEL, *([b"\r\nx"] * n)),
    "boundaries that are none": lambda n: _part(b"binary", b"\n--bb" * n),
    "boundaries and blanks": lambda n: _part(b"binary", b"\n--b " * n),
    "blanks behind a boundary": lambda n: _part(b"binary", b"\n--b" + b" " * n + b"x"),
    "base64": lambda n: _part(b"base64", base64.encodebytes(b"x" * n)),
    "base64 of blanks": lambda n: _part(b"base64", b"AAAA " * n),
    "base64 of short lines": lambda n: _part(b"base64", b"AA==\r\n" * n),
    "quoted-printable": lambda n: _part(b"quoted-printable", b"=41" * n),
    "quoted-printable of blanks": lambda n: _part(b"quoted-printable", b" " * n + b"x"),
    "quoted-printable of blank lines": lambda n: _part(b"quoted-printable", b" x \n" * n),
    "quoted-printable of equals": lambda n: _part(b"quoted-printable", b"=\n" * n),
    "headers": lambda n: _part(b"binary", b"x", b"a: b\r\n" * n),
    "folded headers": lambda n: _part(b"binary", b"x", b"a: b\r\n" + b" c\r\n" * n),
    "parameters": lambda n: _part(b"binary", b"x", b"Content-Disposition: a" + b"; b=c" * n + b"\r\n"),
    "semicolons": lambda n: _part(b"binary", b"x", b"Content-Disposition: filename" + b";" * n + b"\r\n"),
    "a quoted name": lambda n: _part(
        b"binary", b"x", b'Content-Disposition: a; filename="' + b"\\\\" * n + b'"\r\n'
    ),
    "encoded words": lambda n: _part(
        b"binary", b"x", b'Content-Disposition: a; filename="' + b"=?utf-8?q?a?= " * n + b'"\r\n'
    ),
    "steps of a name": lambda n: _part(
        b"binary",
        b"x",
        b"Content-Disposition: a" + b"".join(b"; filename*%d=a" % i for i in range(n)) + b"\r\n",
    ),
    "long headers of many parts": lambda n: _labelled(
        _LABEL,
        *([b"Content-Disposition: a; filename=b" + b"; c=d" * 12_000 + b"\r\n\r\nx"] * (1 + n // 60_000)),
    ),
    "meta": lambda n: _in_label(b'<meta name="a">b</meta>' * n),
    "history": lambda n: _in_label(b"<history/>" * n),
    "elements of a label": lambda n: _in_label(b"<a/>" * n),
    "subject": lambda n: _in_label(b"<subject>" + b"a" * n + b"</subject>"),
    "data of a label": lambda n: _labelled(_LABEL.replace(b"<data", b"<data/>" * n + b"<data", 1)),
    "a long id": lambda n: _labelled(_LABEL.replace(b'tx.id="', b'tx.id="' + b"a" * n, 1)),
    "letters behind a label": lambda n: _labelled(_LABEL + b"\n" * n),
    "appinfo": lambda n: _told(b'<appinfo name="a">b</appinfo>' * n),
    "an error's text": lambda n: _ERROR.replace(
        b"<error ", b'<error errorinfo="' + b"MissingAgreemen " * n + b'" ', 1
    ),
    "codes in an error's text": lambda n: _ERROR.replace(
        b"<error ", b'<error errorinfo="' + b"OtherError " * n + b'" ', 1
    ),
    "nothing": lambda n: b"a" * n,
    "lines": lambda n: b"\n" * n,
    "dashes": lambda n: b"Content-Type: multipart/mixed\r\n\r\n" + b"\n--" * n,
}


def taken(raw: bytes) -> str:
    """What the message is, and why it cannot be read or opened."""
    reading, opened = read(raw, _TX_ID), judging.opened(raw)
    return f"{reading.kind} {reading.code} {opened.code}"


def cost(raw: bytes) -> float:
    """The seconds of processor time of the longer reading."""
    began = time.process_time()
    read(raw, _TX_ID)
    between = time.process_time()
    judging.opened(raw)
    return max(between - began, time.process_time() - between)


def main(arguments: list[str]) -> None:
    size = int(float(arguments[0] if arguments else 10) * 2**20)
    failed = 0
    for name, build in KINDS.items():
        # Smaller ones, too: what a bound refuses costs less than what lies below it.
        seconds = max(cost(sized(build, size // part)) for part in (1, 4, 20, 90))
        failed += seconds > MOST_SECONDS
        print(f"{seconds:6.2f} s {'!!' if seconds > MOST_SECONDS else '  '} {name}", flush=True)
    if failed:
        raise SystemExit(f"{failed} take too long")


if __name__ == "__main__":
    main(sys.argv[1:])
