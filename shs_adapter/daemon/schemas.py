"""The agencies' schemas (XSD), where the operator has installed them: read once, when the adapter starts.

A schema is known by its targetNamespace, wherever it lies below the directory, and is read from its file as
it is (one is UTF-16). Rule: what a schema refers to is among the files found, so that nothing reaches the
network. Of what the validator says only its name for the error and the place are kept: its texts quote.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from lxml import etree

from shs_adapter.daemon.places import place
from shs_adapter.errors import CannotStart, Malformed
from shs_adapter.ssbtek import soap
from shs_adapter.ssbtek.agencies import csn
from shs_adapter.ssbtek.answer import Check
from shs_adapter.ssbtek.contracts import CONTRACTS
from shs_adapter.ssbtek.notes import Deviation
from shs_adapter.ssbtek.question import Agency
from shs_adapter.xml import parse

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SAME_NAMESPACE = {f"{_XSD}{name}" for name in ("include", "redefine", "override")}
_REFERENCES = {*_SAME_NAMESPACE, f"{_XSD}import"}
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_CSN = ("http://schema.csn.se/v3.0/kommunfraga", "http://schema.csn.se/v4.0/kommunfraga")
_MOST = 50  # deviations noted of one agency


class _Error(NamedTuple):
    kind: str
    path: str  # as libxml2 writes it


@dataclass(frozen=True, slots=True)
class Schemas:
    """The compiled schemas by namespace; without one for what it is given, everything is valid."""

    _compiled: Mapping[str, etree.XMLSchema] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path | None) -> "Schemas":
        """Read every schema below the directory, and compile those for whole documents.

        Raises CannotStart with schema_unreadable, schema_refused (it leads elsewhere), schema_twice,
        schema_invalid or schema_missing (none is for a contract).
        """
        if directory is None:
            return cls()
        files = _files(directory)
        wanted = {contract.NAMESPACE for contract in CONTRACTS.values()}
        found = {namespace: _only(namespace, files) for namespace in sorted({*wanted, *_CSN})}
        if not any(found[namespace] for namespace in wanted):
            raise CannotStart("schema_missing", f"{directory}: no schema for a version of SSBTEK is found")
        return cls({namespace: _compiled(path, files[path]) for namespace, path in found.items() if path})

    def question(self, document: bytes, namespace: str) -> str | None:
        """None if the document is valid or its schema not installed; else what is wrong first, and where."""
        if namespace not in self._compiled:
            return None
        root = parse(document)
        error = next(iter(self._errors(root, namespace)), None)
        return f"{error.kind} at {'/'.join(place(root, error.path))}" if error else None

    def checker(self, namespace: str) -> Check:
        """A check for `judge` of answers in the contract's namespace, bare or in a SOAP envelope.

        What deviates outside the agencies' parts is not told. An element that the schema does not expect
        hides those behind it within the same parent: the validator does not go on there.
        """

        def check(root: etree._Element) -> Mapping[Agency, tuple[Deviation, ...]]:
            document = soap.unwrap(root)
            found = self._outer(document, namespace)
            found[Agency.CSN] += self._csn(document, namespace)
            return {agency: tuple(dict.fromkeys(noted))[:_MOST] for agency, noted in found.items() if noted}

        return check

    def _outer(self, document: etree._Element, namespace: str) -> dict[Agency, list[Deviation]]:
        """What deviates below svarsdata, by agency, with its place from the agency's data."""
        found: dict[Agency, list[Deviation]] = {agency: [] for agency in Agency}
        known: dict[str, Agency | None] = {}
        for error in self._errors(document, namespace):
            head = "/".join(error.path.split("/")[:4])
            if head not in known:
                known[head] = _agency(place(document, head))
            agency = known[head]
            if agency and len(found[agency]) < _MOST:
                names = place(document, error.path)[3:]
                found[agency].append(_deviation(error, names[1:] if names[:1] == ("data",) else names))
        return found

    def _csn(self, document: etree._Element, namespace: str) -> list[Deviation]:
        """What deviates in CSN's own document, in base64, by the schema of its version."""
        data = document.find(f"{{{namespace}}}svarsdata/{{{namespace}}}CSN/{{{namespace}}}data")
        try:
            inner = csn.document(data) if data is not None else None
        except Malformed:
            inner = None
        if inner is None:
            return []
        errors = self._errors(inner, etree.QName(inner).namespace or "")
        return [_deviation(error, place(inner, error.path)[1:]) for error in errors[:_MOST]]

    def _errors(self, root: etree._Element, namespace: str) -> list[_Error]:
        schema = self._compiled.get(namespace)
        if schema is None or schema.validate(root):
            return []
        entries = cast(Iterable[Any], schema.error_log)  # the stubs do not know that it holds entries
        return [_Error(f"xsd:{entry.type_name}", entry.path) for entry in entries if entry.path]


def _deviation(error: _Error, names: tuple[str, ...]) -> Deviation:
    return Deviation(error.kind, "/".join(names) or ".")


def _agency(names: tuple[str, ...]) -> Agency | None:
    """The agency in whose element the place is, if it is in one."""
    name = names[2].partition("[")[0] if len(names) > 2 and names[1] == "svarsdata" else ""
    return Agency(name) if name in set(Agency) else None


def _files(directory: Path) -> dict[Path, etree._ElementTree]:
    """Every schema below the directory, parsed, with what it refers to looked at."""
    if not directory.is_dir():
        raise CannotStart("schema_unreadable", f"{directory}: there is no such directory")
    paths = [path.resolve() for path in sorted(directory.rglob("*")) if path.suffix.lower() == ".xsd"]
    files = {path: _parsed(path) for path in paths}
    for path, tree in files.items():
        for location in _locations(path, tree, _REFERENCES):
            if location not in files:
                raise CannotStart("schema_refused", f"{path}: refers to what is not below {directory}")
    return files


def _parsed(path: Path) -> etree._ElementTree:
    """The file as it is; a DOCTYPE is refused, since entities could lead anywhere."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.parse(str(path), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise CannotStart("schema_unreadable", f"{path}: cannot be read ({type(error).__name__})") from None
    if tree.docinfo.internalDTD is not None:
        raise CannotStart("schema_refused", f"{path}: has a DOCTYPE")
    if tree.getroot().tag != f"{_XSD}schema":
        raise CannotStart("schema_unreadable", f"{path}: is not a schema")
    return tree


def _locations(path: Path, tree: etree._ElementTree, kinds: Collection[str]) -> list[Path]:
    """The files that the schema refers to; raises CannotStart for an address."""
    references = [element.get("schemaLocation") for element in tree.getroot() if element.tag in kinds]
    locations = [reference.strip() for reference in references if reference is not None]
    if any(_ELSEWHERE.match(location) for location in locations):
        raise CannotStart("schema_refused", f"{path}: refers to an address; schemas are read from files only")
    return [(path.parent / unquote(location)).resolve() for location in locations]


def _only(namespace: str, files: Mapping[Path, etree._ElementTree]) -> Path | None:
    """The file for the namespace that no other of the same namespace includes."""
    included = {
        location for path, tree in files.items() for location in _locations(path, tree, _SAME_NAMESPACE)
    }
    found = [
        path
        for path, tree in files.items()
        if tree.getroot().get("targetNamespace") == namespace and path not in included
    ]
    if len(found) > 1:
        raise CannotStart("schema_twice", f"{found[0]} and {found[1]}: two schemas for {namespace}")
    return found[0] if found else None


def _compiled(path: Path, tree: etree._ElementTree) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(tree)
    except etree.XMLSchemaParseError as error:
        kind = next((entry.type_name for entry in error.error_log), "")
        raise CannotStart("schema_invalid", f"{path}: does not compile ({kind})") from None
