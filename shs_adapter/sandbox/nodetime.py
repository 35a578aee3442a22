"""The node's wall clock: SHS writes times without a zone, and this node keeps Swedish time."""

from datetime import datetime
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Stockholm")
_FORMAT = "%Y-%m-%dT%H:%M:%S"


def wall(moment: datetime) -> datetime:
    """What the node's clock shows at *moment* (aware): naive, in whole seconds."""
    return moment.astimezone(_ZONE).replace(microsecond=0, tzinfo=None)


def write(moment: datetime) -> str:
    return f"{wall(moment):{_FORMAT}}"


def read(text: str) -> datetime:
    """The aware moment at which the node's clock shows *text*; raises ValueError on any other format."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=_ZONE)
