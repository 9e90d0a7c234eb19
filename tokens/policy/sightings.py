"""Who was seen using a token: an address and a user agent, as a report or a log names them.

Both are told by somebody else and shown in the open, so they are made harmless first: control
characters go, and what looks like a token is refused without an echo. An address is personal data:
`KEPT_DAYS` after it was last seen it goes, and one source keeps at most `KEPT` pairs of a secret.
"""

import ipaddress
import re
import unicodedata

from tokens.policy.fields import Invalid, has_prefixed_token

ADDRESS_LENGTH = 253
AGENT_LENGTH = 200
#: Pairs of address and user agent per secret and source; the oldest beyond are folded into one row.
KEPT = 100
KEPT_DAYS = 400

#: Categories that no name has: control, format (what turns text around or hides in it), surrogate,
#: private, unassigned, line and paragraph separator.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}", re.ASCII)
_PORT = re.compile(r"\[([0-9A-Fa-f:.%]+)\](?::\d{1,5})?|([^:\s]+):\d{1,5}", re.ASCII)
#: So many letters and digits in one piece are no name of a program or a machine, but a secret.
_RUN = re.compile(r"[A-Za-z0-9]{20,}", re.ASCII)


def clean_address(text: str, field: str = "address") -> str:
    """An IP address or a host name in its one spelling; a port goes; empty stays empty.

    Raises Invalid, whose text never repeats the input.
    """
    text = _harmless(text, field)
    if len(text) > ADDRESS_LENGTH:
        raise Invalid(field, f"is longer than {ADDRESS_LENGTH} characters")
    found = _PORT.fullmatch(text)
    host = (found[1] or found[2]) if found else text
    return _as_ip(host) or _as_name(host.rstrip(".").lower(), field) if text else ""


def clean_agent(text: str, field: str = "user_agent") -> str:
    """What a program calls itself, up to 200 characters on one line; empty stays empty.

    Raises Invalid, whose text never repeats the input.
    """
    text = _harmless(text, field)
    if len(text) > AGENT_LENGTH:
        raise Invalid(field, f"is longer than {AGENT_LENGTH} characters")
    return text


def _harmless(text: str, field: str) -> str:
    """Without control characters. Raises Invalid for what looks like a token."""
    text = " ".join("".join(_shown(char) for char in text).split())
    # Letters of another width, and blanks put between, must not carry a token past this.
    plain = unicodedata.normalize("NFKC", text)
    if has_prefixed_token(plain) or has_prefixed_token(plain.replace(" ", "")):
        raise Invalid(field, "contains a token, which belongs into the token field alone")
    if any(_is_mixed(run) for run in _RUN.findall(plain)):
        raise Invalid(field, "contains what looks like a token")
    return text


def _shown(char: str) -> str:
    if " " < char <= "~":
        return char
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _DROPPED else char


def _is_mixed(run: str) -> bool:
    return any(char.isdigit() for char in run) and any(char.isalpha() for char in run)


def _as_ip(text: str) -> str:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _as_name(text: str, field: str) -> str:
    last = text.rpartition(".")[2]
    if not _HOST.fullmatch(text) or not any(char.isalpha() for char in last):
        raise Invalid(field, "is neither an IP address nor a host name")
    return text
