"""
Bearer tokens: ``ca_<role>_<scope>_<secret>``.

The scope of an agent's token is its school, so that the shard that knows the token is found without a search; other tokens
have the scope ``all``. The secret is 256 random bits, 43 url-safe characters.
"""

import base64
import hashlib
from collections.abc import Callable

SECRET_BYTES = 32
SECRET_CHARACTERS = 43
EVERYWHERE = "all"
NO_SCHOOL = ""
"""Stands for the school in the key of a token that belongs to none. No school's id is empty."""


def make(role: str, school_id: str, random_bytes: Callable[[int], bytes]) -> str:
    """A new token; ``school_id`` is :data:`NO_SCHOOL` for people of the bureau."""
    secret = base64.urlsafe_b64encode(random_bytes(SECRET_BYTES)).decode().rstrip("=")
    return f"ca_{role}_{school_id or EVERYWHERE}_{secret}"


def scope_of(token: str) -> str:
    """
    The school whose shard knows the token; :data:`NO_SCHOOL` for one that names none, or is no token at all.

    The secret may itself hold underscores, so it is cut off by its length.
    """
    head = token[: -SECRET_CHARACTERS - 1]
    prefix, _, rest = head.partition("_")
    role, _, scope = rest.partition("_")
    return scope if prefix == "ca" and role == "agent" else NO_SCHOOL


def token_digest(token: str) -> str:
    """
    What is stored of a token: SHA-256 in hex.

    The secret has 256 random bits, so a slow password hash would add milliseconds a request and no safety. The lookup is by
    this digest, so no comparison of secrets takes place whose time could tell anything.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
