"""Attackers, as small programs that a reader can run, and the tests that hold the product against them.

Each module `python -m tests.hostile.NAME` is one attack; its test stands beside it as `test_NAME.py`.
"""
