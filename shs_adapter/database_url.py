"""A database's URL holds no secret: it is printed wherever the database is named.

PostgreSQL's driver takes any key in the query, and sends those that it does not know to the server, whose log
says them. So a key that looks like a secret's is refused, however it is written.
"""

import re
from urllib.parse import unquote, urlsplit

_SECRET = ("pass", "pwd", "secret", "token", "credential", "key")
_PATHS = ("passfile", "sslkey")  # name files
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(:[0-9]*)?")
_INSTEAD = {
    "sslpassword": "use a key without a passphrase that only this user may read",
}
_USUALLY = "name a file with password_file, or in the URL with passfile"


def check(url: str) -> None:
    """Raise ValueError, which quotes no value, where *url* holds a secret or may hold one."""
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        parts = urlsplit(url)
        user, _, hosts = parts.netloc.rpartition("@")
        if ":" in _decoded(user):
            raise ValueError(f"url must not hold a password between `://` and `@`: {_USUALLY}")
        if not all(_HOST.fullmatch(one) for one in hosts.split(",")):
            raise ValueError("url must name hosts as HOST or HOST:PORT, with a number for the port")
        if "@" in rest[len(parts.netloc) :]:
            raise ValueError("url must have no `@` behind the hosts; in a name it is written %40")
    query = rest.partition("?")[2] if scheme == "sqlite" else "&".join(re.split("[?#]", rest)[1:])
    for field in re.split("[&;]", query):
        name, _, value = field.partition("=")
        for text in (name, value) if _named(name) == "options" else (name,):
            if _is_secret(text):
                what = _named(name)
                raise ValueError(f"url must not hold `{what}`: {_INSTEAD.get(what, _USUALLY)}")


def _is_secret(text: str) -> bool:
    bare = re.sub("[^a-z]", "", _decoded(text).lower())
    return bare not in _PATHS and any(word in bare for word in _SECRET)


def _named(text: str) -> str:
    """The key as it reads; nothing of what may stand behind it by mistake."""
    found = re.match("[a-z_]*", _decoded(text).strip().lower())
    return found[0][:32] if found else ""


def _decoded(text: str) -> str:
    """Without percent signs, however often it was encoded."""
    while (plain := unquote(text)) != text:
        text = plain
    return text
