"""What is typed at a command."""

from typing import Any

import click


class Utf8(click.ParamType[str]):
    """A text; bytes that are none (a Latin-1 terminal's) are refused, for no database takes them."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if any("\ud800" <= one <= "\udfff" for one in text):
            self.fail("is not UTF-8 text", param, ctx)
        return text


# A question's id: larger numbers are none, and no database takes them.
QUESTION_ID = click.IntRange(1, (1 << 63) - 1)
