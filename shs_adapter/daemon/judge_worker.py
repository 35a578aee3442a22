"""A process that judges one answer and ends: whatever its bytes cost, the daemon goes on meanwhile.

    python -P -m shs_adapter.daemon.judge_worker

Started by `judging_apart`, which writes the head and the answer to its standard input and reads a pickled
reply. Nothing of either is in arguments, environment or files. Standard error goes nowhere: it could quote.
When the daemon dies its pipes end, and so does this process, after its limit of processor time at the latest.
"""

import pickle
import resource
import signal
import sys
import time

from shs_adapter.daemon.judge_exchange import LENGTH, LIMIT, Head, Limits, Reply
from shs_adapter.daemon.schemas import Schemas
from shs_adapter.errors import Malformed
from shs_adapter.log import describe
from shs_adapter.ssbtek.answer import judge
from shs_adapter.ssbtek.contracts import CONTRACTS


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the daemon, which lets us end
        signal.signal(number, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    (length,) = LENGTH.unpack(requests.read(LENGTH.size))
    head: Head = pickle.loads(requests.read(length))  # noqa: S301  # of our own daemon
    content = requests.read()
    _keep_to(head.limits)
    try:
        told = pickle.dumps(_judged(content, head), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        told = pickle.dumps(Reply(code=LIMIT))
    replies.write(told)


def _keep_to(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would be the answer in a file
    until = int(time.process_time()) + limits.seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _judged(content: bytes, head: Head) -> Reply:
    contract = CONTRACTS[head.contract]
    try:
        check = Schemas.load(head.schemas).checker(contract.NAMESPACE)
        return Reply(judgement=judge(content, head.asked, contract, check))
    except Malformed as error:
        return Reply(code=error.code)
    except MemoryError:
        return Reply(code=LIMIT)
    except Exception as error:
        return Reply(surprise=describe(error))


if __name__ == "__main__":
    main()
