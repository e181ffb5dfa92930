"""The type of values that must not be printed: its repr, str and format hide, its compare takes constant time."""

from __future__ import annotations

import base64
import hmac
from typing import NoReturn, final


@final
class Secret:
    """Bytes that only `reveal` shows.

    Danger: what `reveal` returns is an ordinary value again; pass it straight to the one function that needs it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """The value itself."""
        return self._value

    def reveal_text(self) -> str:
        """The value as the text it was made from."""
        return self._value.decode()

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> NoReturn:
        raise TypeError("a secret is no key of a mapping")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def base64url(data: bytes) -> str:
    """RFC 4648 §5 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Undo `base64url`.

    Raises:
        ValueError: not base64url without padding, in its one canonical form.
    """
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise ValueError("not canonical base64url")
    return data
