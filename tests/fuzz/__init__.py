"""Readers of what comes from outside, given what nobody sends.

`targets` names each reader, its seeds and what must hold. `test_fuzz` tries each a bounded number of times,
alike in every run, and every case in `corpus/`; `make fuzz` goes on for as long as it is told.
"""
