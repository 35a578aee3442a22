"""Stacked bars as SVG inside an HTML page: no script, nothing from outside, readable without seeing it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import builder

_svg = builder.E  # inside HTML, SVG elements have no prefix

_WIDTH, _HEIGHT = 960, 300
_LEFT, _TOP, _BOTTOM = 60, 34, 36
_PLOT = _HEIGHT - _TOP - _BOTTOM
_LABELS = 12  # along the axis
_LETTER = 7.5  # width, about


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label."""

    name: str
    colour: str
    values: Sequence[float]


def bars(name: str, unit: str, labels: Sequence[str], series: Sequence[Series]) -> Any:
    """A figure: a bar a label, in which the *series* stand on each other; None where all is 0."""
    tops = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    if not tops or max(tops) <= 0:
        return None
    ceiling = _ceiling(max(tops))
    image = _svg.svg(
        _svg.title(name),
        _svg.desc(_described(unit, labels, series)),
        {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img", "aria-label": name},
    )
    image.extend([*_axis(ceiling), *_legend(series), *_names(labels)])
    image.extend(_bars(ceiling, labels, series))
    caption = f"{name} ({unit})"
    return builder.E.figure(image, builder.E.figcaption(caption))


def _described(unit: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    told = (
        f"{label}: "
        + ", ".join(f"{one.name} {_number(one.values[place])}" for one in series if one.values[place])
        for place, label in enumerate(labels)
    )
    return f"Enhet: {unit}. " + "; ".join(told)


def _ceiling(most: float) -> float:
    """Four round steps that reach *most*; whole ones for what is counted."""
    least = max(most / 4, 1) if isinstance(most, int) else most / 4
    power = 10.0 ** math.floor(math.log10(least))
    return 4 * next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= least)


def _axis(ceiling: float) -> list[Any]:
    lines = []
    for part in range(5):
        y = _TOP + _PLOT * (1 - part / 4)
        lines.append(_svg.line(_at(x1=_LEFT, x2=_WIDTH, y1=y, y2=y) | {"class": "grid"}))
        lines.append(_svg.text(_number(ceiling * part / 4), _at(x=_LEFT - 8, y=y + 4) | {"class": "end"}))
    return lines


def _legend(series: Sequence[Series]) -> list[Any]:
    marks, x = [], float(_LEFT)
    for one in series:
        marks.append(_svg.rect(_at(x=x, y=6, width=12, height=12) | {"fill": one.colour}))
        marks.append(_svg.text(one.name, _at(x=x + 17, y=16)))
        x += 40 + len(one.name) * _LETTER
    return marks


def _names(labels: Sequence[str]) -> list[Any]:
    width, every = _width(labels), math.ceil(len(labels) / _LABELS)
    return [
        _svg.text(label, _at(x=_LEFT + (place + 0.5) * width, y=_HEIGHT - 14) | {"class": "middle"})
        for place, label in enumerate(labels)
        if place % every == 0
    ]


def _bars(ceiling: float, labels: Sequence[str], series: Sequence[Series]) -> list[Any]:
    width = _width(labels)
    rects = []
    for place in range(len(labels)):
        bottom = float(_TOP + _PLOT)
        for one in series:
            height = _PLOT * one.values[place] / ceiling
            bottom -= height
            if height:
                x = _LEFT + (place + 0.1) * width
                corners = _at(x=x, y=bottom, width=width * 0.8, height=height)
                rects.append(_svg.rect(corners | {"fill": one.colour}))
    return rects


def _width(labels: Sequence[str]) -> float:
    return (_WIDTH - _LEFT) / max(len(labels), 4)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _at(**numbers: float) -> dict[str, str]:
    return {name: f"{value:.4g}" if value < 1000 else f"{value:.0f}" for name, value in numbers.items()}
