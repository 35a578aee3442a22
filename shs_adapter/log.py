"""One JSON line per event, on standard error.

Nothing sensitive is ever handed to a logger; the mask below is the second lock: a whole token that is a
valid personal number (date and check digit) is replaced wherever it stands in a line.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from personnummer import personnummer

from shs_adapter.printable import escaped

# In a JSON string the n of an escaped line end stands before the token that begins the line.
_START = r"(?:(?<![\w-])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))"
_TOKEN = re.compile(_START + r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}(?![\w-])")


def set_up(level: str = "INFO") -> None:
    """Send the log of the whole process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # else it tells of every turn that was late
    for chatty in ("aiohttp.access", "sqlalchemy.engine", "alembic", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def event(logger: logging.Logger, name: str, level: int = logging.INFO, **fields: object) -> None:
    """Log one event by its short *name*; *fields* are ids, codes, counts and durations, never content."""
    logger.log(level, name, extra={"fields": fields})


def mask(text: str) -> str:
    """*text* with every valid personal number replaced by `***`."""
    return _TOKEN.sub(lambda found: "***" if personnummer.valid(found[0]) else found[0], text)


class JsonLine(logging.Formatter):
    """Formats a record as one JSON object; of an exception only its type and code appear.

    Of a longer text only the first line: asyncio puts the repr of what was raised on the second.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage().partition("\n")[0],
            **getattr(record, "fields", {}),
        }
        if record.name.split(".")[0] != "shs_adapter":
            line["logger"] = record.name
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return mask(escaped(json.dumps(line, ensure_ascii=False, default=str)))


def describe(error: BaseException) -> str:
    """The type of *error* and, for our own, its code: what may be logged of it."""
    code = getattr(error, "code", None)
    name = type(error).__name__
    return f"{name}:{code}" if isinstance(code, str) and re.fullmatch(r"[\w.:-]{1,64}", code) else name
