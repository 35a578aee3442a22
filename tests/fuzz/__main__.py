"""`make fuzz`: Atheris tries one target, or each in turn, guided by what the code does with it.

What it finds lies in `tests/fuzz/found/`; once understood, it goes to `corpus/` under the name of its target.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def one(name: str, seconds: int) -> None:
    """In this process, which ends with it."""
    import atheris  # for development only; it is not among the project's requirements

    with atheris.instrument_imports(include=["shs_adapter"]):
        from tests.fuzz.targets import TARGETS
    begin, found = HERE / "found" / name / "begin", HERE / "found" / name
    begin.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds):
        (begin / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=65536"]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={found}/", str(begin), *_corpus(name)], TARGETS[name].run
    )
    atheris.Fuzz()


def _corpus(name: str) -> list[str]:
    folder = HERE / "corpus" / name
    return [str(folder)] if folder.is_dir() else []


def main(names: list[str], seconds: int) -> int:
    from tests.fuzz.targets import TARGETS

    wrong = [name for name in names if name not in TARGETS]
    if wrong:
        print(f"no such target: {', '.join(wrong)}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or TARGETS:
        command = [sys.executable, "-m", "tests.fuzz", "--one", name, str(seconds)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    print(f"surprises in: {', '.join(failed)}; see {HERE / 'found'}" if failed else "no surprise")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        one(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main(sys.argv[2:], int(sys.argv[1])))
