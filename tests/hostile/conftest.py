"""Nodes to talk to."""

from tests.daemon.conftest import node

__all__ = ["node"]
