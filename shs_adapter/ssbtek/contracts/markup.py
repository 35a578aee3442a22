"""Elements of a question, to be written: pure ASCII, so that no relay that guesses at encodings can harm it.

They are put together as text: a tree takes twice as long, and holds a long text four times over.
"""

from dataclasses import dataclass, field
from io import BytesIO

_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


@dataclass(slots=True)
class Element:
    """Its *text* has no characters that XML cannot carry; its attributes are words of ours."""

    name: str
    text: str | None = field(default=None, repr=False)
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element"] = field(default_factory=list)

    def add(self, name: str, text: str | None = None) -> "Element":
        """Add an element at the end of what is inside."""
        element = Element(name, text)
        self.inside.append(element)
        return element

    def write(self, out: BytesIO) -> None:
        attributes = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        out.write(f"<ssbt:{self.name}{attributes}".encode())
        if self.text is None and not self.inside:
            out.write(b"/>")
            return
        out.write(b">")
        text = self.text or ""
        for character, reference in _ESCAPES:
            text = text.replace(character, reference)
        out.write(text.encode("ascii", "xmlcharrefreplace"))
        for element in self.inside:
            element.write(out)
        out.write(f"</ssbt:{self.name}>".encode())
