"""Nodes to talk to, and PostgreSQL in every version that is at hand."""

from collections.abc import Iterator

import pytest

from tests.daemon.conftest import node
from tests.databases import Cluster, clusters, further, in_memory

__all__ = ["node"]

OLDEST_AND_NEWEST = (14, 18)


@pytest.fixture(scope="session", params=["the usual", *OLDEST_AND_NEWEST])
def every_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The one that all tests use, then the oldest version that is supported and the newest that there is."""
    if request.param == "the usual":
        yield request.getfixturevalue("cluster")
    elif request.param in further():
        yield from clusters(in_memory(), further()[request.param])
    else:
        pytest.skip(f"PostgreSQL {request.param} is not installed beside the usual one")
