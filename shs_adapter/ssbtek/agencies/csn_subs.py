"""The outcome of each kind of support within CSN's answer."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from shs_adapter.ssbtek.finding import UNKNOWN, Outcome, Sub
from shs_adapter.ssbtek.reading import token

# The kinds of support that a code takes down. Studiestartsstöd has no code of its own, as home equipment
# loans and transition study support have: it is counted among the student aid, for nobody says otherwise.
_DOWN: Mapping[str, Collection[str]] = {
    "-1101": ("HemutrustningsLan",),
    "-1102": ("Studiemedel", "Studiehjalp", "Studiestartsstod"),
    "-1104": ("Omstallningsstudiestod",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """One kind of support: *is_announced* by the person's list, None where that does not name it."""

    name: str
    is_announced: bool | None
    has_case: bool
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of all kinds: whether it can be believed, and whether it is that there is nothing."""

    code: str
    outcome: Outcome
    is_trusted: bool
    is_denied: bool


def subs(said: Said, supports: Iterable[Support]) -> Iterator[Sub]:
    """One for each kind that the answer speaks of: that which an older list does not name is left out."""
    every = list(supports)
    is_listed = any(support.is_announced is not None for support in every)
    for support in every:
        if said.outcome is Outcome.ERROR or support.name in _DOWN.get(said.code, ()):
            yield Sub(name=token(support.name), outcome=Outcome.ERROR, status=said.code)
        elif support.has_case or support.is_announced is not None or not is_listed:
            yield _sub(said, support)


def _sub(said: Said, support: Support) -> Sub:
    outcome = _worth(said, support) if said.is_trusted and support.is_whole else Outcome.PARTIAL
    return Sub(
        name=token(support.name),
        outcome=outcome,
        status=UNKNOWN if outcome is Outcome.PARTIAL else None,
    )


def _worth(said: Said, support: Support) -> Outcome:
    if support.has_case:
        return Outcome.PARTIAL if said.is_denied else Outcome.DATA
    is_denied = support.is_announced is False or (said.is_denied and not support.is_announced)
    return Outcome.EMPTY if is_denied else Outcome.PARTIAL
