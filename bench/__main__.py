"""Run the benchmarks, each in a process of its own, and print what they told as one table.

    python -m bench [--quick] [line...]

A line is a requirement's letter, or `large`, `decode` or `views`; without any, all. With --quick they run
shorter, for trying: their figures are no measurements. Figures come as JSON lines on standard output as
they are measured, and the table at the end. Ends with 1 if a benchmark itself broke, and with 0 however
short a figure is.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.figures import Figure, heard


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module, and the arguments that make it short."""

    module: str
    quick: Sequence[str] = field(default=())


BENCHMARKS = {
    "a": Benchmark("transitions", ["4000"]),
    "b": Benchmark("submit", ["1000"]),
    "c": Benchmark("conversations", ["200"]),
    "d": Benchmark("pickup", ["5"]),
    "e": Benchmark("added", ["5"]),
    "f": Benchmark("inserters", ["2", "1"]),
    "g": Benchmark("snapshot", ["15"]),
    "h": Benchmark("million", ["100000"]),
    "i": Benchmark("envelope", ["10"]),
    "j": Benchmark("idle", ["5"]),
    "k": Benchmark("rivals", ["2000"]),
    "large": Benchmark("large", ["2"]),
    "decode": Benchmark("decode", ["20"]),
    "views": Benchmark("views"),
}


def told(benchmark: Benchmark, arguments: Sequence[str], broken: list[str]) -> Iterator[Figure]:
    """What the benchmark tells, passed on as it comes; *broken* learns of one that breaks."""
    command = [sys.executable, "-m", f"bench.{benchmark.module}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            if figure := heard(line):
                yield figure
    if running.returncode != 0:
        broken.append(benchmark.module)


COLUMNS = ("line", "what", "value", "unit", "floor", "least", "aim", "")
TEXTS = {"line", "what", "unit", ""}  # the others are numbers, and stand to the right


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def cells(figure: Figure) -> tuple[str, ...]:
    verdict = ""
    if figure.short is not None:
        verdict = f"short by {number(figure.short)}" if figure.short else "reached"
    numbers = figure.floor, figure.least, figure.aim
    return figure.line, figure.name, number(figure.value), figure.unit, *map(number, numbers), verdict


def table(figures: Sequence[Figure]) -> Iterator[str]:
    rows = [COLUMNS, *map(cells, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell.ljust(width) if name in TEXTS else cell.rjust(width)
            for name, cell, width in zip(COLUMNS, row, widths, strict=True)
        ).rstrip()


def main(arguments: Sequence[str]) -> int:
    quick = "--quick" in arguments
    chosen = [one for one in arguments if one != "--quick"] or list(BENCHMARKS)
    if unknown := set(chosen) - set(BENCHMARKS):
        print(
            f"no such line: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}", file=sys.stderr
        )
        return 2
    figures: list[Figure] = []
    broken: list[str] = []
    for line in chosen:
        benchmark = BENCHMARKS[line]
        print(f"bench.{benchmark.module} ...", file=sys.stderr)
        figures += told(benchmark, benchmark.quick if quick else (), broken)
    print(*table(figures), sep="\n")
    for module in broken:
        print(f"bench.{module} broke: what it says stands above", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
