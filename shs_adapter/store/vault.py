"""Sealing: what no one may read from the database file.

A sealed value is `version, key id, nonce, AES-256-GCM ciphertext`. Its table, column and row are bound to it
as associated data: moved to another row it does not open. The key file is TOML with a current key, any
number of older ones that still open what they sealed, and a separate key for the keyed hash of persons.
"""

import base64
import hashlib
import hmac
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shs_adapter.errors import CannotStart, SealError

VERSION = bytes([1])
ID = 8  # bytes of a key's id, behind the version of what it sealed
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Vault:
    current: bytes  # the id of the key that seals
    keys: Mapping[bytes, AESGCM] = field(repr=False)
    person: bytes = field(repr=False)

    def seal(self, value: bytes | memoryview, place: str) -> bytes:
        """*place* is `table.column:row`, and is needed again to open."""
        nonce = os.urandom(_NONCE)
        sealed = self.keys[self.current].encrypt(nonce, value, place.encode())
        return VERSION + self.current + nonce + sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises SealError if the key is not at hand or the value does not belong to *place*."""
        key = self.keys.get(sealed[1 : 1 + ID])
        if sealed[:1] != VERSION or key is None:
            raise SealError(
                "seal_key_unknown", f"{place} is sealed with a key that the key file does not have"
            )
        nonce, body = sealed[1 + ID : 1 + ID + _NONCE], sealed[1 + ID + _NONCE :]
        try:
            return key.decrypt(nonce, body, place.encode())
        except (InvalidTag, ValueError):  # ValueError: cut off within the nonce
            raise SealError("seal_broken", f"{place} does not open: altered, or from another row") from None

    def person_key(self, person: str) -> str:
        """The keyed hash by which a person is found without being named."""
        return hmac.new(self.person, person.encode(), hashlib.sha256).hexdigest()

    def digest(self, value: bytes | memoryview) -> str:
        """The keyed digest by which a message is known again; without the key it says nothing."""
        return self.keyed(hashlib.sha256(value).hexdigest())

    def keyed(self, sha256: str) -> str:
        """The keyed digest of what has this SHA-256."""
        return hmac.new(self.person, f"digest\0{sha256}".encode(), hashlib.sha256).hexdigest()

    def check_value(self) -> str:
        """What tells the person key from another."""
        return hmac.new(self.person, b"check\0", hashlib.sha256).hexdigest()

    def reference_key(self, tenant: str, reference: str) -> str:
        """The keyed hash by which a tenant's reference is known again; it is no person's."""
        value = f"reference\0{tenant}\0{reference}"
        return hmac.new(self.person, value.encode(), hashlib.sha256).hexdigest()


def load(file: Path) -> Vault:
    """Read the key file; raises CannotStart with one clear line."""
    try:
        document = tomllib.loads(file.read_text(encoding="ascii"))
        keys = {_key_id(key): AESGCM(key) for key in map(_decoded, document["seal"])}
        vault = Vault(next(iter(keys)), keys, _decoded(document["person"]))
    except FileNotFoundError:
        raise CannotStart(
            "keys_missing", f"{file}: there is no key file; `shs-adapter init` makes one"
        ) from None
    except OSError as error:
        raise CannotStart("keys_unreadable", f"{file}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, StopIteration, AttributeError):
        raise CannotStart(
            "keys_wrong", f"{file}: is not a key file as `shs-adapter init` writes it"
        ) from None
    return vault


def write_new(file: Path) -> None:
    """Make a key file with fresh keys, readable by its owner only; an existing file is never overwritten."""
    seal, person = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    text = (
        "# Keys of shs-adapter. Without them no answer can be read.\n"
        "# Back this file up, apart from the database.\n"
        "# The first key of the list seals; the others only open what they sealed.\n"
        f'seal = ["{seal}"]\n'
        f'person = "{person}"\n'
    )
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotStart("keys_exist", f"{file}: exists already, and is kept as it is") from None
    except OSError as error:
        raise CannotStart("keys_unwritable", f"{file}: cannot be written ({error.strerror})") from None
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())  # what it seals will survive a power cut, and so must it


def _decoded(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a key has 32 bytes")
    return key


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"shs-adapter key id" + key).digest()[:ID]
