"""What in a text looks like a token, and which of its words may be one of any shape.

Source: shared/coolset-api.md, "Authentication": the vendor's example has a prefix and 16 letters
and digits; other shapes are unknown, from 8 printable characters on. So the prefix is found by
itself, and everything else only where its fingerprint is known.
"""

import re
from collections.abc import Iterator
from itertools import islice

from tokens.policy.fields import PREFIXES
from tokens.policy.register import LONGEST, SHORTEST

#: What follows a prefix: long enough, and no `xxxxxxxx` or `your_token_here`.
_SHAPE = re.compile("(?:" + "|".join(PREFIXES) + r")[A-Za-z0-9_-]{12,504}")
_DIFFERENT = 5

#: Pieces between blanks, quotes, brackets and the like; then what a token is most often made of.
_PIECE = re.compile(r"[!#-&*+./0-:=?-Z^_a-z~-]{8,}")
_PLAIN = re.compile(r"[A-Za-z0-9_-]{8,}")
_BEFORE, _AFTER = re.compile(r"[=:@/&?#]"), re.compile(r"[@&?#]")
_AROUND, _STOPS = "!#$%&*+./:=?@^~", ".:!?"
#: Addresses have a handful of parts; what has more is compared in its first ones.
_PARTS = 16
#: Words of letters alone are compared from this length on: shorter ones are words.
_LETTERS = 20
#: On a line with these words, what merely looks like a token is none (as in detect-secrets). A
#: value that is known here is reported all the same.
ALLOWED = "pragma: allowlist secret"


def shaped(text: str) -> Iterator[str]:
    """Every value with the vendor's prefix and length in a text, but placeholders."""
    for found in _SHAPE.finditer(text):
        tail = found[0].split("_", 2)[2]
        if any(char.isdigit() for char in tail) and len(set(tail)) >= _DIFFERENT:
            yield found[0]


def words(text: str) -> set[str]:
    """Words that may be a token of any shape: 8 to 512 characters, with a digit, or very long.

    Of `key=value`, `user:value@host` and `Bearer value` the value is among them. A token with
    quotes, commas or brackets inside is not seen.
    """
    found: set[str] = set()
    for piece in _PIECE.findall(text):
        found.update((piece.strip(_AROUND), *_PLAIN.findall(piece)))
        starts = [0, *(each.end() for each in islice(_BEFORE.finditer(piece), _PARTS))]
        ends = [each.start() for each in islice(_AFTER.finditer(piece), _PARTS)]
        for part in (piece[start:end] for start in starts for end in [*ends, None]):
            found.update((part, part.rstrip(_STOPS)))
    return {word for word in found if _may_be_token(word)}


def _may_be_token(word: str) -> bool:
    if not SHORTEST <= len(word) <= LONGEST:
        return False
    return len(word) >= _LETTERS or any(char.isdigit() for char in word)
