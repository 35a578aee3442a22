"""Every exception the adapter raises itself, drawn once.

AdapterError                     carries a code; its text never quotes data
├── CannotStart                  the environment is not fit: one line to the operator, no traceback
│   └── ConfigError              the configuration file: key, what is wrong, what is allowed
├── Malformed                    something read is not what it must be: code and place, never content
│   ├── MalformedXml             not well-formed, or with a prolog that is refused
│   ├── MalformedMessage         not an SHS message, label, list or management document
│   └── MalformedAnswer          not an SSBTEK answer, or not the parts of one
├── DatabaseAway                 no connection to the database; the code is the driver's name for the reason
├── InvalidQuestion              a row that cannot become a question; its code is the row's failure_code
├── IllegalMove                  an event that the life cycle does not allow in this state
├── NotFound                     no such question, tenant or message
├── SealError                    a sealed value does not open: wrong key, or bound to another row
└── NodeError                    the conversation with the node broke down
    ├── NodeUnreachable          no connection, no TLS, no answer in time: the link, whatever the message
    └── UnexpectedReply          the node answered, but not what the protocol says
"""


class AdapterError(Exception):
    """Has a *code* (a short name that may be logged and reported) and a text without data."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code


class CannotStart(AdapterError):
    """The adapter cannot run as things are; the text says what to do."""


class ConfigError(CannotStart):
    """The configuration is wrong; the text names the key, what is wrong and what is allowed."""


class Malformed(AdapterError):
    """Read bytes are not what they must be; *where* is a path or a name, never content."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(code, f"{code} at {where}" if where else code)
        self.where = where


class MalformedXml(Malformed):
    """Not well-formed XML, or XML whose prolog is refused."""


class MalformedMessage(Malformed):
    """Not an SHS message, label, message list or management document."""


class MalformedAnswer(Malformed):
    """Not an SSBTEK answer, or a part of one that cannot be read."""


class DatabaseAway(AdapterError):
    """No connection to the database can be had now; *code* is the driver's name for the reason."""


class RowLocked(AdapterError):
    """Another's open transaction has locked what is to be changed: it alone waits until that has ended."""


class InvalidQuestion(AdapterError):
    """A row cannot become a question; *code* is its failure_code."""


class IllegalMove(AdapterError):
    """An event met a state in which the life cycle does not allow it."""


class NotFound(AdapterError):
    """Nothing has this id or name."""


class SealError(AdapterError):
    """A sealed value does not open under the keys at hand and the row it lies in."""


class NodeError(AdapterError):
    """The conversation with a node broke down."""


class NodeUnreachable(NodeError):
    """No connection, no TLS or no answer in time: the link is down, whatever the message.

    *received* is what had come of a reply's body.
    """

    def __init__(self, code: str, received: bytes = b"") -> None:
        super().__init__(code)
        self.received = received


class UnexpectedReply(NodeError):
    """The node answered, but not as the protocol says."""
