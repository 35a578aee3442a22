"""What is written together."""

import asyncio
from collections.abc import Sequence

from shs_adapter.daemon.group import Group


class Written:
    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    async def __call__(self, members: Sequence[str]) -> list[str]:
        self.groups.append(list(members))
        if "bad" in members:
            raise ValueError
        return [member.upper() for member in members]


async def test_what_comes_while_a_group_is_waited_for_is_written_with_it() -> None:
    written = Written()
    group = Group(written, seconds=0.05)
    first = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0.01)

    assert list(await asyncio.gather(first, group.add("b"))) == ["A", "B"]
    assert written.groups == [["a", "b"]]


async def test_a_surprise_harms_one_member_alone() -> None:
    written = Written()
    group = Group(written)

    found = await asyncio.gather(*map(group.add, ("a", "bad", "b")), return_exceptions=True)

    assert found[::2] == ["A", "B"]
    assert isinstance(found[1], ValueError)


async def test_what_was_added_is_written_although_nobody_waits_for_it_any_more() -> None:
    written = Written()
    group = Group(written, seconds=0.05)
    cut_off = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0)
    cut_off.cancel()
    await asyncio.wait([cut_off])

    await group.drain()

    assert written.groups == [["a"]]
