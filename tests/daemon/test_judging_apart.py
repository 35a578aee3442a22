"""A large answer is judged in a process of its own, which can be ended; small ones in the loop."""

import asyncio
import os
import pickle
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shs_adapter.config import Database
from shs_adapter.daemon import judging, judging_apart
from shs_adapter.daemon.judge_exchange import LIMIT, Limits, Reply
from shs_adapter.daemon.judging_apart import IN_LOOP, JudgingDied, judged_apart
from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.answer import judge
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.question import Agency
from tests.daemon.daemons import operator, running, until
from tests.daemon.municipality import found
from tests.daemon.scripted import ScriptedNode, answer_of, long_answer_of
from tests.hostile.heavy_answers import ASKED, kinds
from tests.hostile.samples_of_all import of

SPINNING = """
from shs_adapter.daemon.judge_exchange import Limits
from shs_adapter.daemon.judge_worker import _keep_to
_keep_to(Limits(seconds=1, memory=1 << 32))
while True: pass
"""


def worker(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let this be in the place of the process that judges."""
    monkeypatch.setattr(judging_apart, "_COMMAND", ("-c", program))


@pytest.mark.parametrize("contract", [10, 11])
async def test_what_is_judged_apart_is_the_same_to_the_last_value(contract: int) -> None:
    raw = of(*Agency, contract=contract)

    assert await judged_apart(raw, ASKED, contract, None) == judge(raw, ASKED, CONTRACTS[contract])


async def test_what_is_no_answer_has_the_same_code_judged_apart() -> None:
    with pytest.raises(MalformedAnswer) as raised:
        await judged_apart(b"<a>", ASKED, 10, None)

    assert raised.value.code == "xml_syntax"


async def test_judging_ends_at_its_limit_of_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, SPINNING)

    with pytest.raises(MalformedAnswer) as raised:
        await judged_apart(of(Agency.AF), ASKED, 10, None)

    assert raised.value.code == LIMIT


async def test_judging_ends_at_its_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging_apart, "_LIMITS", Limits(seconds=60, memory=80 << 20))
    raw = kinds()["elements of nothing"](500_000)

    with pytest.raises(MalformedAnswer) as raised:
        await judged_apart(raw, ASKED, 10, None)

    assert raised.value.code == LIMIT


async def test_judging_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judging_apart, "_PATIENCE", timedelta(seconds=1))
    told = tmp_path / "pid"
    worker(
        monkeypatch,
        f"import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(told)!r}, 'w').write(str(os.getpid()))\nwhile True: time.sleep(1)",
    )

    with pytest.raises(MalformedAnswer) as raised:
        await judged_apart(of(Agency.AF) + b" " * (1 << 20), ASKED, 10, None)

    assert raised.value.code == LIMIT
    if told.exists() and told.read_text():  # else it was ended before it began
        assert not is_alive(int(told.read_text()))


async def test_a_process_that_is_killed_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, "import os; os.kill(os.getpid(), 9)")

    with pytest.raises(JudgingDied) as raised:
        await judged_apart(of(Agency.AF) + b" " * (1 << 20), ASKED, 10, None)

    assert raised.value.code == "judging_ended_9"


@pytest.mark.parametrize("value", [os.system, Path("x"), Reply, print], ids=str)
async def test_nothing_that_acts_is_taken_from_the_process(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        judging_apart._judgement(pickle.dumps([value, Path("y")]))


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"


_PARENT = """
import asyncio, sys
from shs_adapter.daemon import judging_apart
from tests.hostile.heavy_answers import ASKED
async def main():
    task = asyncio.create_task(judging_apart.judged_apart(b" ", ASKED, 10, None))
    await asyncio.sleep(60)
judging_apart._COMMAND = ("-c", "import os, sys; "
    "print(os.getpid(), file=sys.stderr, flush=True); sys.stdin.read()")
judging_apart.DEVNULL = None
judging_apart._tell = lambda *_: asyncio.sleep(60)
asyncio.run(main())
"""


async def test_the_process_does_not_outlive_a_daemon_that_is_killed() -> None:
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert daemon.stderr is not None
    judging_process = int(await daemon.stderr.readline())

    daemon.send_signal(signal.SIGKILL)
    await daemon.wait()

    await until(lambda: not is_alive(judging_process), "ended")


async def test_a_large_answer_is_judged_apart_and_a_small_one_is_not(
    tmp_path: Path, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = list[int]()

    async def judged(content: bytes, *rest: object) -> object:
        apart.append(len(content))
        return await judged_apart(content, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "judged_apart", judged)
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        small, large = await municipality.ask_all(2)
        await until(lambda: len(node.received) == 2, "sent")
        node.letters = [answer_of(node.received[0]), long_answer_of(node.received[1], IN_LOOP * 2)]
        await until(lambda: municipality.is_done(small) and municipality.is_done(large), "judged")

    assert [size > IN_LOOP for size in apart] == [True]
    assert municipality.question(large)["outcome"] == municipality.question(small)["outcome"] == "COMPLETE"


async def test_an_answer_that_takes_too_long_is_undecodable_told_and_holds_up_nobody(
    tmp_path: Path, stead: Database, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging_apart, "_PATIENCE", timedelta(seconds=3))
    worker(monkeypatch, "import time\nwhile True: time.sleep(1)")
    municipality = found(tmp_path, stead, node.url)

    async with running(municipality):
        large = await municipality.ask()
        await until(lambda: node.received, "sent")
        node.letters = [long_answer_of(node.received[0], IN_LOOP * 2)]
        await until(lambda: municipality.is_done(large), "given up")
        small = await municipality.ask()
        await until(lambda: len(node.received) == 2, "sent")
        node.letters.append(answer_of(node.received[1]))
        await until(lambda: municipality.is_done(small), "judged")

    (message,) = municipality.rows("SELECT * FROM inbox WHERE outbox_id = ?", large)
    assert (message["outcome"], message["outcome_code"]) == ("UNDECODABLE", LIMIT)
    assert municipality.question(small)["outcome"] == "COMPLETE"
    assert "för stort eller för invecklat" in await operator(municipality, "show", large)
