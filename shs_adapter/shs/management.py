"""Management documents (`shs.management` 1.2): the confirmation of a message, or the error it met."""

from dataclasses import dataclass, field
from datetime import datetime as DateTime

from shs_adapter.shs import document
from shs_adapter.shs.names import local_time, timestamp, token
from shs_adapter.shs.reading import optional

_ROOT = "shs.management"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """An error; *code* is as it came, empty too, and the texts may quote a message: no repr shows any of it.

    *appinfo* is pairs of name and text.
    """

    code: str = field(repr=False)
    info: str = field(default="", repr=False)
    appinfo: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """A confirmation if *error* is None; the ids are those of the message it speaks of."""

    corr_id: str
    content_id: str
    datetime: DateTime | None
    error: ErrorInfo | None = None


def write(management: Management) -> bytes:
    """The whole document; raises MalformedMessage on anything that the DTD would refuse."""
    ids = {
        "corr.id": token(management.corr_id, "shs.management/@corr.id"),
        "content.id": token(management.content_id, "shs.management/@content.id"),
    }
    time = document.element("datetime", {}, timestamp(management.datetime, "shs.management/datetime"))
    told = _error(management.error) if management.error else document.element("confirmation", {})
    return document.write(_ROOT, "shs-management-1.2.dtd", {"version": "1.2"} | ids, time + told)


def read(data: bytes) -> Management:
    """Read a document; without an error it is a confirmation, for many nodes leave that element out.

    Ids that are missing are empty. Raises MalformedMessage where it is no such document.
    """
    root = document.read(data, _ROOT)
    found = document.children(root)
    error = document.first(found, "error")
    return Management(
        corr_id=optional(root, "corr.id"),
        content_id=optional(root, "content.id"),
        datetime=local_time(document.text(document.first(found, "datetime"))),
        error=None
        if error is None
        else ErrorInfo(
            code=optional(error, "errorcode"),
            info=error.get("errorinfo", ""),
            appinfo=tuple(
                (optional(appinfo, "name"), document.text(appinfo))
                for appinfo in document.children(error).get("appinfo", ())
            ),
        ),
    )


def _error(error: ErrorInfo) -> str:
    code = token(error.code, "error/@errorcode")
    appinfo = [
        document.element("appinfo", {"name": token(name, "appinfo/@name")}, text)
        for name, text in error.appinfo
    ]
    attributes = {"errorcode": code, "errorinfo": error.info or None}
    return document.element("error", attributes, inside="".join(appinfo))
