"""Answers that are made to keep the reader busy, and what judging each costs.

    python -m tests.hostile.heavy_answers [MiB]

judges one of every kind, so large, each in a process of its own, and tells its processor time and its peak of
memory. It fails where one takes more than 10 seconds or 300 MiB.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

from shs_adapter.errors import Malformed
from shs_adapter.ssbtek.answer import Asked, judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.lefi import PROFILES
from shs_adapter.ssbtek.question import SKV_PARTS, Agency
from tests.hostile import samples_of_all as samples

MOST_SECONDS = 10.0
MOST_MEMORY = 300 * 2**20

Build = Callable[[int], bytes]  # an answer in which something stands so many times

ASKED = Asked(
    correlation_id=samples.CORRELATION,
    person=samples.PERSON,
    case_id=samples.CASE,
    agencies=frozenset(Agency),
    answered_fund_statuses=frozenset({"klar"}),
    benefit_groups=frozenset(code for codes in PROFILES["benefits"].values() for code in codes),
    skv_parts=frozenset(SKV_PARTS),
)


def version(raw: bytes) -> int:
    return 11 if CONTRACTS[11].NAMESPACE.encode() in raw[:4000] else 10


def judged(raw: bytes) -> str:
    """What the answer is worth, or why it is none."""
    try:
        return str(judge(raw, ASKED, CONTRACTS[version(raw)]).verdict)
    except Malformed as error:
        return error.code


def _in_xml(document: str, put: Callable[[str], bytes]) -> Iterator[tuple[str, Build]]:
    """Every element of the document repeated where it stands, and others beside it that nobody knows."""
    root = etree.fromstring(document)
    seen = set()
    for place in list(root.iter("{*}*")):
        if place is root:
            continue
        around = (*reversed(list(place.iterancestors())), place)
        path = "/".join([etree.QName(each).localname for each in around][1:])
        if path in seen:
            continue
        seen.add(path)
        for kind, made in _KINDS.items():

            def build(
                count: int, place: etree._Element = place, made: Callable[[etree._Element, int], str] = made
            ) -> bytes:
                marked = deepcopy(root)
                here = marked.find(root.getroottree().getelementpath(place))
                assert here is not None
                text = made(here, count)
                here.addprevious(stand_in := etree.Element("PLACE"))
                stand_in.tail = None
                here.getparent().remove(here)  # type: ignore[union-attr]
                whole = etree.tostring(marked, encoding="unicode")
                return put(whole.replace("<PLACE/>", text))

            yield f"{path} {kind}", build


def _markup(element: etree._Element) -> str:
    element.tail = None
    return etree.tostring(element, encoding="unicode")


def _blank(element: etree._Element) -> str:
    copy = deepcopy(element)
    for each in copy.iter("{*}*"):
        each.text = each.tail = None
    return _markup(copy)


def _tag(element: etree._Element) -> str:
    prefix = f"{element.prefix}:" if element.prefix else ""
    namespace = etree.QName(element).namespace
    declared = f' xmlns{":" + element.prefix if element.prefix else ""}="{namespace}"' if namespace else ""
    return f"{prefix}{etree.QName(element).localname}{declared}"


def _nested(element: etree._Element, count: int) -> str:
    """Towers of it, each as high as the parser lets it be, with the text behind the last."""
    tag = _tag(element)
    name = tag.partition(" ")[0]
    height = min(count, 200)
    tower = f"<{tag}> " * height + "x" + f"</{name}> " * height
    return tower * (count // height)


_KINDS: Mapping[str, Callable[[etree._Element, int], str]] = {
    "repeated": lambda element, count: _markup(element) * count,
    "blank": lambda element, count: _markup(element) + _blank(element) * count,
    "short": lambda element, count: f"<{_tag(element)}>x</{_tag(element).partition(' ')[0]}>" * count,
    "beside strangers": lambda element, count: (
        _markup(element) + "".join(f"<z{number}>x</z{number}>" for number in range(count))
    ),
    "nested": _nested,
}


def _in_json(document: Any, put: Callable[[str], bytes]) -> Iterator[tuple[str, Build]]:
    """Every list made long, and every object full of keys that nobody knows."""

    def walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, one in inner:
            if isinstance(one, dict | list) and not (isinstance(value, list) and key):
                yield from walk(one, (*path, key))

    def changed(path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
        copy = json.loads(json.dumps(document))
        if not path:
            return change(copy)
        here = copy
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = change(here[path[-1]])
        return copy

    for path in dict.fromkeys(walk(document, ())):
        name = ".".join(map(str, path)) or "."

        def build(count: int, path: tuple[Any, ...] = path, kind: str = "") -> bytes:
            return put(
                json.dumps(changed(path, lambda value: _CHANGES[kind](value, count)), separators=(",", ":"))
            )

        here = document
        for key in path:
            here = here[key]
        kinds = ("repeated", "empty", "numbers") if isinstance(here, list) else ("strangers", "codes")
        for kind in kinds:
            yield f"{name} {kind}", lambda count, build=build, kind=kind: build(count, kind=kind)  # type: ignore[misc]


_CHANGES: Mapping[str, Callable[[Any, int], Any]] = {
    "repeated": lambda rows, count: [_numbered(rows[0], number) if rows else {} for number in range(count)],
    "empty": lambda rows, count: [{}] * count,
    "numbers": lambda rows, count: [1.5] * count,
    "strangers": lambda fields, count: fields | {f"z{number}": number for number in range(count)},
    "codes": lambda fields, count: fields | {f"z{number}": [] for number in range(count)},
}


def _numbered(value: Any, number: int) -> Any:
    """The same with other codes: what is told apart by a code is another each time."""
    if isinstance(value, dict):
        return {
            key: f"{one}{number}" if key in ("kod", "id") and one not in ("OK",) else _numbered(one, number)
            for key, one in value.items()
        }
    return [_numbered(one, number) for one in value] if isinstance(value, list) else value


def by_agency() -> dict[str, Build]:
    """Everything that an agency can say, said often."""
    found = dict[str, Build]()
    for agency in Agency:
        for name, build in _in_xml(samples.of(agency).decode(), str.encode):
            found[f"{agency} {name}"] = build
    for name, build in _in_xml(samples.of(Agency.SKV, contract=11).decode(), str.encode):
        found[f"SKV11 {name}"] = build  # the others are as in version 10
    for name, build in _in_xml(
        samples.csn(), lambda text: samples.answer({Agency.CSN: samples.csn_data(text)})
    ):
        found[f"CSN/ {name}"] = build
    for name, build in _in_xml(
        samples.skv(), lambda text: samples.answer({Agency.SKV: samples.skv_data(text)})
    ):
        found[f"SKV/ {name}"] = build
    for name, build in _in_json(
        samples.lefi(), lambda text: samples.answer({Agency.FK: samples.lefi_data(text)})
    ):
        found[f"LEFI {name}"] = build
    for part, content in samples.SKV_JSON.items():
        for name, build in _in_json(content, lambda text, part=part: samples.skv11({part: text})):  # type: ignore[misc]
            found[f"SKV11/ {part} {name}"] = build
    return found


def kinds() -> dict[str, Build]:
    """Every kind of heavy answer by its name."""
    return by_agency() | dict(_SHAPES)


def _around(inside: str) -> bytes:
    return samples.answer({Agency.TNS: f"<s:data>{inside}</s:data>"})


def _texts(character: str) -> Callable[[int], bytes]:
    return lambda count: _around(
        "<resultat>OK</resultat><fordonsinnehav><fordon>"
        f"<regnr>{character * count}</regnr></fordon></fordonsinnehav>"
    )


_ROOT = f'<s:hamtaBastjanstInformationResponse xmlns:s="{samples.NAMESPACE}"'

_SHAPES: Mapping[str, Build] = {
    "elements of nothing": lambda n: _around("<a/>" * n),
    "elements and texts": lambda n: _around("<a/>x" * n),
    "attributes": lambda n: _around("<a " + " ".join(f'b{i}=""' for i in range(n)) + "/>"),
    "attributes of many": lambda n: _around("<a b=''/>" * n),
    "namespaces of one": lambda n: _around("<a " + " ".join(f'xmlns:b{i}="c{i}"' for i in range(n)) + "/>"),
    "namespaces of many": lambda n: _around("".join(f'<b{i}:a xmlns:b{i}="c{i}"/>' for i in range(n))),
    "namespaces nested": lambda n: _around(
        ("".join(f'<a xmlns:b{i}="c{i}">' for i in range(100)) + "x" + "</a>" * 100) * (1 + n // 100)
    ),
    "a namespace without an end": lambda n: _around(
        f'<fordonsinnehav xmlns="{"n" * (5 * n)}">' + "<b/>" * n + "</fordonsinnehav>"
    ),
    "a name without an end": lambda n: samples.answer(
        {
            Agency.CSN: samples.csn_data(
                samples.csn()
                .replace("Studiemedel>", f"{'n' * min(40_000, 10 * n)}>")
                .replace("<Arenden>", "<Arenden>" + "<Arende/>" * n)
            )
        }
    ),
    "comments": lambda n: _around("<!---->" * n),
    "instructions": lambda n: _around("<?a?>" * n),
    "comments before": lambda n: b"<!---->" * n + samples.of(Agency.TNS),
    "instructions before": lambda n: b"<?a?>" * n + samples.of(Agency.TNS),
    "quotes in a doctype": lambda n: b"<!DOCTYPE a " + b'""' * n + b">" + samples.of(Agency.TNS),
    "words in a doctype": lambda n: b"<!DOCTYPE a " + b"a " * n + b">" + samples.of(Agency.TNS),
    "entities beside a doctype": lambda n: b'<!DOCTYPE a SYSTEM "b">' + samples.of(Agency.TNS) + b"<!--" * n,
    "references": lambda n: _around("<a>" + "&amp;" * n + "</a>"),
    "sections": lambda n: _around("<a>" + "<![CDATA[]]>" * n + "</a>"),
    "declaration": lambda n: b"<?xml" + b" encoding" * n + b"?>" + samples.of(Agency.TNS),
    "declaration of equals": lambda n: _around("<a b='" + 'xmlns="' * n + "'/>"),
    "text": _texts("x"),
    "text of blanks": _texts("x "),
    "text of marks": _texts("\N{GRINNING FACE}"),
    "text of marks and blanks": _texts("\N{GRINNING FACE} x "),
    "text of numbers": _texts("19770117 "),
    "text of digits": _texts("1"),
    "text of letters": _texts("\N{LATIN SMALL LETTER A WITH RING ABOVE}"),
    "base64 of blanks": lambda n: samples.answer({Agency.CSN: f"<s:data><svar>{'AA ' * n}</svar></s:data>"}),
    "base64 of lines": lambda n: samples.answer(
        {Agency.FK: f"<s:data><lefiJsonSvar>{'AAAA' * 4} {'AA ' * n}</lefiJsonSvar></s:data>"}
    ),
    "json of objects": lambda n: samples.json_answer("[" + "{}," * n + "{}]"),
    "json of lists": lambda n: samples.json_answer('{"a":[' + "[]," * n + "[]]}"),
    "json of lists in lists": lambda n: samples.json_answer('{"a":[' + "[[[[[[[[]]]]]]]]," * n + "[]]}"),
    "json of fields": lambda n: samples.json_answer('{"a":[' + '{"a":0},' * n + "0]}"),
    "json of numbers": lambda n: samples.json_answer('{"a":[' + "1.5," * n + "0]}"),
    "json of whole numbers": lambda n: samples.json_answer('{"a":[' + ("9" * 4000 + ",") * n + "0]}"),
    "json of one number": lambda n: samples.json_answer('{"a":1.' + "9" * n + "}"),
    "json of texts": lambda n: samples.json_answer('{"a":[' + '"ab",' * n + "0]}"),
    "json of one text": lambda n: samples.json_answer(
        '{"formansinformation":{"utbetalningsuppgift":[{"datum":"' + "\\u00e5" * n + '"}]}}'
    ),
    "json of halves": lambda n: samples.json_answer('{"a":"\\ud83d\\ude00' + "\\ud83d\\ude00" * n + '"}'),
    "json of one key": lambda n: samples.json_answer("{" + '"a":0,' * n + '"a":0}'),
    "json of depth": lambda n: samples.json_answer('{"a":' * n + "0" + "}" * n),
    "json of depth in lists": lambda n: samples.json_answer("[" * n),
    "json in an answer of many": lambda n: samples.json_answer(
        '{"utlamnare":['
        + ",".join(f'{{"utlamnare":{{"kod":"{i}"}},"tillstand":{{"kod":"X"}}}}' for i in range(n))
        + "]}"
    ),
    "json of one supplier": lambda n: samples.json_answer(
        '{"utlamnare":[' + ",".join(['{"utlamnare":{"kod":"FK"},"tillstand":{"kod":"OK"}}'] * n) + "]}"
    ),
    "json of deviations": lambda n: samples.json_answer(
        '{"avvikelser":{"beslut":['
        + ",".join(f'{{"avvikelse":{{"kod":"X"}},"formansgrupp":{{"kod":"G{i}"}}}}' for i in range(n))
        + "]}}"
    ),
    "json of lists of deviations": lambda n: samples.json_answer(
        '{"avvikelser":{' + ",".join(f'"l{i}":[{{"avvikelse":{{"kod":"X"}}}}]' for i in range(n)) + "}}"
    ),
    "supports": lambda n: samples.csn_answer(
        "".join(
            f"<B{i}><Arenden><Arende><stodform>GRUND</stodform></Arende></Arenden></B{i}>" for i in range(n)
        )
    ),
    "supports announced": lambda n: samples.csn_answer(
        "<Studiestodstypforteckning>"
        + "".join(f"<b{i}>1</b{i}>" for i in range(n))
        + "</Studiestodstypforteckning>"
    ),
    "svarsdata": lambda n: samples.whole("".join(f"<s:A{i}/>" for i in range(n))),
    "korrelationsid": lambda n: samples.whole("", before="<s:korrelationsid>a</s:korrelationsid>" * n),
}


def sized(build: Build, size: int) -> bytes:
    """The answer as large as it may be, and not larger than *size*."""
    few, more = len(build(1_000)), len(build(2_000))
    count = max(1, int((size - few) / max((more - few) / 1_000, 0.001)) + 1_000)
    while len(raw := build(count)) > size:
        count = int(count * 0.9 * size / len(raw)) or 1
    return raw


_CHILD = "from tests.hostile import heavy_answers; heavy_answers.child()"


def child() -> None:
    """Judge what comes in and tell the processor time and the peak of memory."""
    raw = sys.stdin.buffer.read()
    began = time.process_time()
    verdict = judged(raw)
    seconds = time.process_time() - began
    peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    print(seconds, int(peak) * 1024, verdict)


def cost(raw: bytes, patience: float = 120.0) -> tuple[float, int, str]:
    """Seconds of processor time, bytes of memory at the peak, and the verdict."""
    try:
        told = subprocess.run(
            [sys.executable, "-c", _CHILD], input=raw, capture_output=True, check=True, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return patience, 0, "not in time"
    except subprocess.CalledProcessError as error:
        return 0.0, 2**40, f"died with {error.returncode}"
    seconds, memory, verdict = told.stdout.decode().split(maxsplit=2)
    return float(seconds), int(memory), verdict.strip()


def main(arguments: list[str]) -> None:
    size = int(float(arguments[0] if arguments else 10) * 2**20)
    wanted = arguments[1] if len(arguments) > 1 else ""
    failed = 0
    for name, build in kinds().items():
        if wanted not in name:
            continue
        # Smaller ones, too: what a bound refuses costs less than what lies below it.
        costs = [cost(sized(build, int(size / part))) for part in (1, 1.1, 2, 4, 8)]
        seconds, memory = max(one[0] for one in costs), max(one[1] for one in costs)
        is_bad = seconds > MOST_SECONDS or memory > MOST_MEMORY
        failed += is_bad
        told = (
            f"{seconds:6.2f} s {memory / 2**20:5.0f} MiB {'!!' if is_bad else '  '} {costs[0][2]:12} {name}"
        )
        print(told, flush=True)
    if failed:
        raise SystemExit(f"{failed} take too much")


if __name__ == "__main__":
    main(sys.argv[1:])
