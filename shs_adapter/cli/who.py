"""Who runs a command, as the journal names them: by what the kernel says, not by what the environment says.

operator:anna                      anna runs it
operator:root login:anna           root runs it, in a session that anna logged in to
operator:root said:bo              root runs it; sudo's variables, which anybody may set, say bo
"""

import os
import pwd
import re
from collections.abc import Mapping
from pathlib import Path

from shs_adapter.ssbtek.person import without_persons

_LOGIN = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1
_LONGEST = 64


def operator() -> str:
    """Who the journal names for what is done by hand."""
    return told(os.getuid(), _login(), os.environ)


def told(uid: int, login: int | None, environment: Mapping[str, str]) -> str:
    """The user of the process; who logged in, if another; and whom sudo names, if the kernel does not say so.

    *login* is the kernel's uid of the session, None where it has none.
    """
    names = [f"operator:{_name(uid)}"]
    if login not in (None, uid):
        names.append(f"login:{_name(login)}")
    said = _short(environment.get("SUDO_USER") or environment.get("SUDO_UID") or "")
    is_so = (
        login is not None and environment.get("SUDO_UID") == str(login) and said in (_name(login), str(login))
    )
    if said and not is_so:
        names.append(f"said:{said}")
    return " ".join(names)


def _login() -> int | None:
    """The uid that the session was logged in with: it outlives sudo and su. Elsewhere than on Linux, None."""
    try:
        found = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if found == _UNSET else found


def _name(uid: int) -> str:
    try:
        return _short(pwd.getpwuid(uid).pw_name) or str(uid)
    except KeyError:
        return str(uid)


def _short(name: str) -> str:
    """Without what could be taken for another part of the line, or for a person's number."""
    return without_persons(re.sub(r"[^\w.@+\\-]+", "_", name[:_LONGEST]), lambda _: "_")
