"""What a client may ask of a mailbox list: filters, order and number, with Axel's defaults and refusals.

A parameter that stands in no table here is ignored, as Axel ignores `sequencetype` and `meta-*`.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from shs_adapter.errors import Malformed
from shs_adapter.sandbox import nodetime
from shs_adapter.sandbox.mailbox import Entry
from shs_adapter.shs import names
from shs_adapter.shs.label import Label, Status

_MOST = 200

_Test = Callable[[Entry], bool]
_Key = Callable[[Label], str]
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries are shown, in which order (of arrival where *key* is None), and how many at most."""

    tests: tuple[_Test, ...]
    key: _Key | None
    descending: bool
    limit: int

    def select(self, waiting: Iterable[Entry]) -> list[Entry]:
        """The entries to show, of those that wait in order of arrival."""
        chosen: Iterable[Entry] = (entry for entry in waiting if all(test(entry) for test in self.tests))
        if key := self.key:
            chosen = sorted(chosen, key=lambda entry: key(entry.label), reverse=self.descending)
        elif self.descending:
            chosen = reversed([*chosen])
        return list(islice(chosen, self.limit))


def read(parameters: Mapping[str, str]) -> Query:
    """Read parameters under their lower-case names; raises Malformed with the name of one that is refused."""
    asked = {**_DEFAULTS, **parameters}
    key = _read(asked, "sortattribute", _key) if "sortattribute" in asked else None
    sort_descends = _read(asked, "sortorder", lambda value: _SORT_ORDERS[value.lower()])
    arrival_descends = _read(asked, "arrivalorder", lambda value: _ARRIVAL_ORDERS[value.lower()])
    return Query(
        tests=tuple(_read(asked, name, make) for name, make in _FILTERS.items() if name in asked),
        key=key,
        descending=sort_descends if key else arrival_descends,
        limit=_read(asked, "maxhits", _limit),
    )


def _read(asked: Mapping[str, str], name: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(asked[name])
    except (KeyError, ValueError):
        raise Malformed("bad_parameter", name) from None


def _key(value: str) -> _Key:
    return _meta_name if value.startswith("meta-") else _KEYS[value]


def _limit(value: str) -> int:
    hits = int(value)
    return min(hits, sys.maxsize) if hits > 0 else _MOST


def _status(value: str) -> _Test:
    status = Status(value.lower())
    return lambda entry: entry.label.status is status


def _products(value: str) -> _Test:
    # Axel does not trim the items: of "a, b" it finds only a.
    products = {names.bare(item) for item in value.split(",") if item == item.strip()}
    return lambda entry: entry.label.product in products


def _since(value: str) -> _Test:
    moment = nodetime.read(value)
    return lambda entry: entry.changed >= moment


def _unacknowledged(value: str) -> _Test:
    return lambda entry: not (value == "noack" and entry.acknowledged)


def _meta_name(label: Label) -> str:
    return min((name for name, _ in label.meta), default="")


def _sender(label: Label) -> str:
    return label.originator or label.sender


_DEFAULTS = {"status": "production", "maxhits": "0", "sortorder": "asc", "arrivalorder": "ascending"}

_FILTERS: dict[str, Callable[[str], _Test]] = {
    "filter": _unacknowledged,
    "producttype": _products,
    "status": _status,
    "since": _since,
    "corrid": lambda value: lambda entry: entry.label.corr_id == value,
    "contentid": lambda value: lambda entry: entry.label.content_id == value,
    "originator": lambda value: lambda entry: value in (entry.label.originator, entry.label.sender),
    "endrecipient": lambda value: lambda entry: entry.label.end_recipient == value,
}

_KEYS: dict[str, _Key] = {
    "originator": _sender,
    "from": _sender,
    "endrecipient": lambda label: label.end_recipient,
    "producttype": lambda label: label.product,
    "subject": lambda label: label.subject,
    "contentid": lambda label: label.content_id,
    "sequencetype": lambda label: label.sequence_type,
    "transfertype": lambda label: label.transfer_type,
    "-corrid": lambda label: label.corr_id,  # with its hyphen: Axel refuses plain corrid
}

_ARRIVAL_ORDERS = {"ascending": False, "descending": True}
_SORT_ORDERS = _ARRIVAL_ORDERS | {"asc": False, "desc": True}
