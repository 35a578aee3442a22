"""Work as a number that no machine's speed changes: the bytecodes that the interpreter executes.

It does not see what one instruction does in C.
"""

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def executed(do: Callable[[], object]) -> int:
    """How many bytecodes *do* takes, with all that it calls; no garbage collection is counted."""
    count = 0

    def each(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return each

    def entered(frame: FrameType, _: str, __: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return each

    before = sys.gettrace()
    gc.disable()
    sys.settrace(entered)
    try:
        do()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def grows_too_fast(doing: Callable[[int], Callable[[], object]], few: int) -> bool:
    """Whether the second doubling from *few* costs more than twice the first: in a line it costs just that.

    *doing* makes what is to be done with so many; making it is not counted.
    """
    doing(1)()  # what is done once is not counted
    once, twice, four_times = (executed(doing(few * times)) for times in (1, 2, 4))
    return four_times - twice > 2.1 * max(twice - once, 0) + 1_000
