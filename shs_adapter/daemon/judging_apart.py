"""Judging a large answer in a process of its own, which can be ended: the event loop is for all tenants.

A thread cannot be ended, and holds the interpreter. A process for each answer costs a quarter of a second; so
small ones, which take less than that whatever stands in them, are judged in the loop.
"""

import asyncio
import io
import pickle
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from dataclasses import is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, cast

from shs_adapter.daemon.judge_exchange import LENGTH, LIMIT, Head, Limits, Reply
from shs_adapter.errors import AdapterError, MalformedAnswer
from shs_adapter.ssbtek.answer import Asked, Judgement

IN_LOOP = 64 * 1024  # bytes of an answer that is judged in the loop: the worst take 0.3 s

# 10 MiB of whatever bytes take half of this time, and less than a third of this memory.
_LIMITS = Limits(seconds=20, memory=1024**3)
_PATIENCE = timedelta(seconds=50)  # within the lease of the answer, on a machine that has much else to do
_CHUNK = 256 * 1024
_COMMAND = ("-P", "-m", "shs_adapter.daemon.judge_worker")


class JudgingDied(AdapterError):
    """The process ended without a reply: killed, perhaps for want of memory on the machine."""


async def judged_apart(content: bytes, asked: Asked, contract: int, schemas: Path | None) -> Judgement:
    """What `ssbtek.answer.judge` says of the answer; raises MalformedAnswer, also where it takes too long.

    Raises JudgingDied for whatever else ended the process.
    """
    head = Head(asked=asked, contract=contract, schemas=schemas, limits=_LIMITS)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, *_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            told, _ = await asyncio.gather(
                cast(StreamReader, worker.stdout).read(),
                _tell(cast(StreamWriter, worker.stdin), pickle.dumps(head), content),
            )
            ended = await worker.wait()
    except TimeoutError:
        raise MalformedAnswer(LIMIT) from None
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if ended == -signal.SIGXCPU:
        raise MalformedAnswer(LIMIT)
    if ended:
        raise JudgingDied(f"judging_ended_{abs(ended)}")
    return _judgement(told)


async def _tell(pipe: StreamWriter, head: bytes, content: bytes) -> None:
    """Write it in pieces, which the pipe takes one after the other: a large answer is not held twice."""
    with suppress(ConnectionError):  # the process has ended, and its status says how
        pipe.write(LENGTH.pack(len(head)) + head)
        for start in range(0, len(content), _CHUNK):
            pipe.write(content[start : start + _CHUNK])
            await pipe.drain()
    pipe.close()


def _judgement(told: bytes) -> Judgement:
    reply: Reply = _Unpickler(io.BytesIO(told)).load()
    if reply.judgement is not None:
        return reply.judgement
    if reply.code is not None:
        raise MalformedAnswer(reply.code)
    raise JudgingDied(reply.surprise or "unexpected")


class _Unpickler(pickle.Unpickler):
    """Takes values and nothing that acts: what has read the bytes of others is not believed further."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _VALUES:
            return super().find_class(module, name)
        if module.startswith("shs_adapter.") and name.isidentifier():
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError("a value of no kind that a judgement has")


_VALUES = {("datetime", "date"), ("decimal", "Decimal")}
