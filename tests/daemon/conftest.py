"""Nodes to talk to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon.scripted import ScriptedNode, scripted


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[ScriptedNode]:
    async with scripted(tmp_path) as started:
        yield started
