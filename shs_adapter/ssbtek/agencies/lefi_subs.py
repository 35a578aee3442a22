"""The outcomes within LEFI's answer: of each supplier, and of each benefit group that was asked about."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shs_adapter.ssbtek.agencies.lefi_shapes import Delivery
from shs_adapter.ssbtek.agencies.lefi_state import OK, SUPPLIERS, Shortfall, State, gravest
from shs_adapter.ssbtek.agencies.worth import Worth, settled
from shs_adapter.ssbtek.finding import UNKNOWN, Outcome, Sub
from shs_adapter.ssbtek.reading import token


@dataclass(frozen=True, slots=True)
class _Supplier:
    """What is known of one supplier, whose state is OK if *is_well*.

    *is_clear* is False where something could not be read, *is_placed* where something that could may belong
    to any of its groups. *shortfalls* are by group, *unplaced* those that may belong to any.
    """

    sub: Sub
    is_well: bool
    is_clear: bool
    is_placed: bool
    asked: tuple[str, ...]
    named: frozenset[str]
    shortfalls: Mapping[str | None, Sequence[Shortfall]]
    unplaced: Sequence[Shortfall]


def subs(
    state: State, deliveries: Mapping[str, Delivery], stray: bool, groups: Collection[str]
) -> Iterator[Sub]:
    """The suppliers, the groups asked about, and then whatever else is named and not well.

    *stray* tells that there is something of which nobody knows whose it is.
    """
    suppliers = [_supplier(name, state, deliveries[name], stray, groups) for name in SUPPLIERS]
    yield from (supplier.sub for supplier in suppliers)
    for supplier in suppliers:
        yield from (_group(group, supplier) for group in supplier.asked)
    for name in state.suppliers:
        if name not in SUPPLIERS and state.of(name) != OK:
            yield Sub(name=token(name), outcome=Outcome.ERROR, status=state.of(name))
    known = {group for supplier in suppliers for group in supplier.asked}
    others = defaultdict[str, list[Shortfall]](list)
    for shortfall in state.shortfalls:
        others[shortfall.group or shortfall.list_name].append(shortfall)
    for other, own in others.items():
        if other not in known:
            yield Sub(name=other, outcome=Outcome.ERROR, status=gravest(own))


def _supplier(name: str, state: State, delivery: Delivery, stray: bool, groups: Collection[str]) -> _Supplier:
    asked = tuple(sorted(group for group in groups if group.partition(":")[0] == name))
    bare = {_bare(group) for group in asked}
    named = [frozenset(map(_bare, names)) for names in delivery.named]
    shortfalls = tuple(each for each in state.shortfalls if each.concerns(name))
    by_group = defaultdict[str | None, list[Shortfall]](list)
    for each in shortfalls:
        by_group[each.group].append(each)
    content = settled(delivery.outcome, OK, delivery.notes.deviations)
    return _Supplier(
        sub=_worth(name, state.of(name), content, shortfalls, stray),
        is_well=state.of(name) == OK,
        is_clear=content.outcome is not Outcome.PARTIAL,
        is_placed=not stray and all(names & bare for names in named),
        asked=asked,
        named=frozenset().union(*named),
        shortfalls=by_group,
        unplaced=[each for each in shortfalls if each.group is None or each.owner is None],
    )


def _worth(
    name: str, state: str | None, content: Worth, shortfalls: tuple[Shortfall, ...], stray: bool
) -> Sub:
    if state is None:
        return Sub(name=name, outcome=Outcome.MISSING, status=UNKNOWN)
    if state != OK:
        return Sub(name=name, outcome=Outcome.ERROR, status=state)
    if shortfalls:
        return Sub(name=name, outcome=Outcome.PARTIAL, status=gravest(shortfalls))
    if stray and content.outcome is Outcome.EMPTY:
        return Sub(name=name, outcome=Outcome.PARTIAL, status=UNKNOWN)
    return Sub(name=name, outcome=content.outcome, status=content.status)


def _group(group: str, supplier: _Supplier) -> Sub:
    if not supplier.is_well:
        return Sub(name=group, outcome=supplier.sub.outcome, status=supplier.sub.status)
    if own := supplier.shortfalls.get(group):
        return Sub(name=group, outcome=Outcome.ERROR, status=gravest(own))
    if not supplier.is_clear:
        return Sub(name=group, outcome=Outcome.PARTIAL, status=UNKNOWN)
    if _bare(group) in supplier.named:
        return Sub(name=group, outcome=Outcome.DATA, status=OK)
    if supplier.unplaced or not supplier.is_placed:
        return Sub(name=group, outcome=Outcome.PARTIAL, status=gravest(supplier.unplaced) or UNKNOWN)
    return Sub(name=group, outcome=Outcome.EMPTY, status=OK)


def _bare(code: str) -> str:
    """A group's code without the supplier before it: Försäkringskassan's families have none."""
    return code.rpartition(":")[2]
