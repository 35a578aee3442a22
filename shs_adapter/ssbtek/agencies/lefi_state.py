"""What LEFI's answer says of itself: which suppliers took part, and what they could not deliver."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from shs_adapter.errors import MalformedAnswer
from shs_adapter.ssbtek.finding import UNKNOWN, Transience
from shs_adapter.ssbtek.reading import token

OK = "OK"
SUPPLIERS = ("FK", "PM")
ABOUT_THE_ANSWER = ("utlamnare", "avvikelser")
_DOWN = {"FELANDE", "OTILLGANGLIG"}
_DEVIATIONS = ("INTERNT_FEL", "OBEHORIG")  # the graver first: the one may pass, the other is a permission
_ONE_SUPPLIERS_LIST = {"formansinformation": "FK", "ansprak": "PM", "beslut": "PM"}


@dataclass(frozen=True, slots=True)
class _Code:
    kod: str


@dataclass(frozen=True, slots=True)
class _Supplier:
    utlamnare: _Code
    tillstand: _Code


@dataclass(frozen=True, slots=True)
class _Deviation:
    avvikelse: _Code
    formansgrupp: Any = None
    ovrigInformationstyp: Any = None


@dataclass(frozen=True, slots=True)
class _Overview:
    """What is read to judge; an empty object may come as ``[]``, as in the contract's own example."""

    utlamnare: tuple[_Supplier, ...] | None = None
    avvikelser: dict[str, tuple[_Deviation, ...] | None] | list[_Deviation] | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A deviation by its code or UNKNOWN: in *group*, or in all of *list_name* if no group is named.

    *owner* is the supplier whose it is, None if it may be anybody's.
    """

    code: str
    group: str | None
    list_name: str
    owner: str | None

    def concerns(self, supplier: str) -> bool:
        return self.owner in {None, supplier}


@dataclass(frozen=True, slots=True)
class State:
    """*suppliers* has every state that was told, OK, a known code or UNKNOWN, under each supplier's code."""

    suppliers: Mapping[str, tuple[str, ...]]
    shortfalls: tuple[Shortfall, ...]

    def of(self, supplier: str) -> str | None:
        """Its state, the first bad one if it has several; None if it is not listed."""
        states = self.suppliers.get(supplier, ())
        return next((state for state in states if state != OK), OK if states else None)


def read(answer: Mapping[str, Any]) -> State:
    """Raises MalformedAnswer if what decides all else cannot be read."""
    try:
        overview = msgspec.convert(answer, _Overview)
    except msgspec.ValidationError:
        raise MalformedAnswer("json_form", "lefiJsonSvar") from None
    suppliers: dict[str, list[str]] = defaultdict(list)
    for supplier in overview.utlamnare or ():
        state = supplier.tillstand.kod
        suppliers[supplier.utlamnare.kod].append(state if state in {OK, *_DOWN} else UNKNOWN)
    told = {code: tuple(states) for code, states in suppliers.items()}
    return State(told, tuple(_shortfalls(overview)))


def shortage(state: State) -> str | None:
    """The state of a supplier that did not deliver, else the gravest deviation; None if all is there."""
    for told in state.suppliers.values():
        for one in told:
            if one != OK:
                return one
    if not all(supplier in state.suppliers for supplier in SUPPLIERS):
        return UNKNOWN
    return gravest(state.shortfalls)


def gravest(shortfalls: Iterable[Shortfall]) -> str | None:
    codes = {shortfall.code for shortfall in shortfalls}
    return next((code for code in (*_DEVIATIONS, UNKNOWN) if code in codes), None)


def nobody(state: State) -> bool:
    """Whether suppliers are listed and not one of them is well."""
    told = [one for states in state.suppliers.values() for one in states]
    return bool(told) and OK not in told


def transience(state: State) -> Transience:
    """Whether asking again may help where something is short, by the most hopeful reason."""
    states = {state.of(supplier) for supplier in (*SUPPLIERS, *state.suppliers)}
    codes = {shortfall.code for shortfall in state.shortfalls}
    if states & _DOWN or "INTERNT_FEL" in codes:
        return Transience.TRANSIENT
    return Transience.DOUBTFUL if {None, UNKNOWN} & (states | codes) else Transience.PERMANENT


def _shortfalls(overview: _Overview) -> Iterator[Shortfall]:
    noted = overview.avvikelser or {}
    lists = noted if isinstance(noted, dict) else {"avvikelser": tuple(noted)}
    for name, deviations in lists.items():
        for deviation in deviations or ():
            code = deviation.avvikelse.kod
            group = _code(deviation.formansgrupp) or _code(deviation.ovrigInformationstyp)
            yield Shortfall(
                code=code if code in _DEVIATIONS else UNKNOWN,
                group=group,
                list_name=token(name),
                owner=_owner(group, name),
            )


def _owner(group: str | None, list_name: str) -> str | None:
    if group is None:
        return _ONE_SUPPLIERS_LIST.get(list_name)
    return next((supplier for supplier in SUPPLIERS if group.startswith(f"{supplier}:")), None)


def _code(group: Any) -> str | None:
    """The code of a group, safe to log."""
    code = group.get("kod") if isinstance(group, dict) else None
    return token(code) if isinstance(code, str) and code.strip() else None
