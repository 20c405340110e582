"""What the text of a setting means: slips are taken for what they clearly mean, the rest is a fault. Pure functions.

People and hosts write values in quotes, with units, with other separators and words than asked for, and leave
placeholders of examples in place. Each function raises Fault for what it cannot tell.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from videogen_mcp import key_shapes
from videogen_mcp.loopback import is_loopback

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00a0"
"""Characters that come along when a value is copied from a page: byte order mark, zero width, no-break space."""

QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}

UNSET = re.compile(r"\$\{[^}]*\}|null|none|undefined|nil", re.IGNORECASE)
"""What a host leaves behind when its user filled nothing in, such as `${user_config.api_key}`."""

PLACEHOLDER = re.compile(
    r"\$(?:env:)?[A-Za-z_]\w*|%\w+%|\{\{?[^}]*\}?\}|<[^>]*>|…|\.{3,}|\*{3,}|x{3,}|•{3,}", re.IGNORECASE
)
"""What was to be replaced: a variable that the host does not fill in, or the blank of an example."""

KEY_PLACEHOLDER = re.compile(
    r"(?:your|my|insert|enter|paste|replace|change|add|put)[-_ ].*|(?:.*[-_ ])?api[-_ ]?key(?:[-_ ]here)?"
    r"|(?:change|replace)me|placeholder|key|todo|[a-z_-]+[-_](?:x{3,}|\.{3,}|…|\*{3,}|<.*>|your[-_ ].*)",
    re.IGNORECASE,
)
"""What examples show in place of a key."""

PASTED_NAME = re.compile(r"(?:export\s+|set\s+)?VIDEOGEN_API_KEY\s*=\s*|(?:Authorization:\s*)?Bearer\s+", re.IGNORECASE)
"""What is copied along with a key."""

SWITCH = {
    **dict.fromkeys(("on", "1", "true", "yes", "y", "t", "enable", "enabled"), True),
    **dict.fromkeys(("off", "0", "false", "no", "n", "f", "disable", "disabled"), False),
}

SECONDS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}

SEPARATORS = re.compile(r"[\s,;|]+")

HTTP_TOKEN = re.compile(r"(?:(?P<label>[A-Za-z0-9_.@-]{1,64}):)?(?P<value>[A-Za-z0-9._~+/-]+=*)")
"""A bearer token (RFC 6750, section 2.1), perhaps with the name of who has it in front."""

HTTP_TOKEN_LENGTH = 32
"""Characters at least of a token of ours: 128 bits where it is written in hexadecimal digits."""

HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::(?:\d{1,5}|\*))?")
"""A name or address as Host headers have it; the port may be `*`, which stands for every port."""

DISCOVERY = "/.well-known/openid-configuration"
"""Where an OpenID provider describes itself, below its issuer (OpenID Connect Discovery 1.0, section 4)."""

LARGEST_KEY_FILE = 4096
"""Bytes. A file of a key holds a line; a larger one is something else."""


SEALING_SECRET = 32
"""Bytes at least of a secret that seals: as many as the key that is made of it (AES-256)."""


class Fault(ValueError):
    """A value that cannot be used. `str()` is what is wrong with it, to be read after the variable's name."""


@dataclass(frozen=True)
class HttpToken:
    """A token that this server takes. `label` names who has it: one may have several while they are changed."""

    value: str = field(repr=False)
    label: str | None = None


INTERVALS = (0.1, 3600.0)
"""Seconds between polls. More often would be a slip, and cost the hour's limit in minutes."""


def plain(value: str) -> str | None:
    """Return a value without white space and quotes around it; None when it says nothing."""
    text = value.strip().strip(INVISIBLE).strip()
    while len(text) > 1 and QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return None if not text or UNSET.fullmatch(text) else text


def refuse_placeholder(text: str) -> None:
    """Raise Fault for a value that was to be replaced."""
    if PLACEHOLDER.fullmatch(text):
        raise Fault(f"holds the placeholder {shown(text)}")


def key(text: str) -> str:
    """Return an API key. No fault shows it."""
    found = plain(PASTED_NAME.sub("", text, count=1))
    if found is None or PLACEHOLDER.fullmatch(found) or KEY_PLACEHOLDER.fullmatch(found):
        raise Fault("holds a placeholder, not a key")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise Fault("holds characters that no key has (a space, a line break, an accent)")
    if (whose := key_shapes.foreign(found)) is not None:
        raise Fault(f"holds {whose}, not a key of VideoGen")
    return found


def key_in(file: Path, named: str = "names") -> str:
    """Return the API key that a file holds. A fault says "`named` FILE, which …", and never shows the key."""
    where = f"{named} {shown(str(file))}, which"
    try:
        if stat.S_ISFIFO(file.stat().st_mode):
            raise Fault(f"{where} is a pipe")  # One to which nobody writes would never end.
        with file.open("rb") as opened:
            held = opened.read(LARGEST_KEY_FILE + 1)
    except OSError as refused:
        raise Fault(f"{where} cannot be read ({refused.strerror})") from None
    if not held.strip() or len(held) > LARGEST_KEY_FILE:
        raise Fault(f"{where} is {'too large for a key' if held.strip() else 'empty'}")
    try:
        return key(held.decode(errors="replace"))
    except Fault as fault:
        raise Fault(f"{where} {fault}") from None


def secrets(text: str) -> tuple[str, ...]:
    """Return signing secrets. No fault shows them."""
    if PLACEHOLDER.fullmatch(text) or KEY_PLACEHOLDER.fullmatch(text):
        raise Fault("holds a placeholder, not a secret")
    return tuple(words(text))


def sealing_secrets(text: str) -> tuple[str, ...]:
    """Return secrets that are long enough to be keys. No fault shows them."""
    found = secrets(text)
    if any(len(secret.encode()) < SEALING_SECRET for secret in found):
        raise Fault(f"holds a secret of less than {SEALING_SECRET} characters")
    return tuple(dict.fromkeys(found))


def http_tokens(text: str) -> tuple[HttpToken, ...]:
    """Return tokens of this server, each perhaps with a label: `ada:3f…`. No fault shows them."""
    found: dict[str, HttpToken] = {}
    for one in secrets(text):
        token = HTTP_TOKEN.fullmatch(one)
        if token is None:
            raise Fault("holds characters that no token has (letters, digits and -._~+/ are those that can be sent)")
        if len(token["value"]) < HTTP_TOKEN_LENGTH:
            raise Fault(f"holds a token of less than {HTTP_TOKEN_LENGTH} characters")
        found.setdefault(token["value"], HttpToken(token["value"], token["label"]))
    if not found:
        raise Fault("holds no token")
    return tuple(found.values())


def database(text: str) -> str:
    """Return the address of a PostgreSQL database. No fault shows it: it may hold a password."""
    url = re.sub(r"^postgres(?:ql)?(?:\+\w+)?://", "postgresql://", text, flags=re.IGNORECASE)
    if not url.startswith("postgresql://"):
        raise Fault("does not begin with postgresql://")
    if re.search(r"[<>{}\s]|[^\x21-\x7e]|…", url):
        raise Fault(
            "holds a placeholder, a space or another character that is written as %20 and the like in addresses"
        )
    return url


def issuer(text: str) -> str:
    """Return an OpenID provider's issuer, to the letter: tokens name it so, with or without a slash at its end."""
    found = text.removesuffix(DISCOVERY)
    bare = address(found)
    if urlsplit(bare).scheme == "http" and not is_loopback(urlsplit(bare).hostname or ""):
        raise Fault(f"is {shown(text)}, and keys that are fetched over http can be exchanged on the way")
    return bare + ("/" if found.endswith("/") else "")


def public_url(text: str) -> str:
    """Return the address of this server as its clients know it, without /mcp."""
    return address(text).removesuffix("/mcp")


def names(text: str) -> tuple[str, ...]:
    """Return the parts of a list, each once."""
    found = tuple(dict.fromkeys(words(text)))
    for one in found:
        refuse_placeholder(one)
    return found


def hosts(text: str) -> tuple[str, ...]:
    """Return names as Host headers have them; of an address, its host."""
    found = [re.sub(r"^https?://|/$", "", one.lower()) for one in words(text)]
    for one in found:
        if not HOST.fullmatch(one):
            raise Fault(f"holds {shown(one)}, which is no host name; one port or every port may follow it (:8000, :*)")
    return tuple(dict.fromkeys(found))


def origins(text: str) -> tuple[str, ...]:
    """Return origins as browsers send them: scheme and host."""
    found = [one.lower().rstrip("/") for one in words(text)]
    for one in found:
        scheme, _, host = one.partition("://")
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) or not HOST.fullmatch(host) or host.endswith("*"):
            raise Fault(f"holds {shown(one)}, which is no origin such as https://agents.example.com")
    return tuple(dict.fromkeys(found))


def word(text: str, allowed: Collection[str], aliases: Mapping[str, str]) -> str:
    """Return the one of `allowed` that is meant, in any case; `aliases` are other words for them, in lower case."""
    folded = {one.lower(): one for one in allowed}
    found = folded.get(text.lower()) or aliases.get(text.lower())
    if found is None:
        raise Fault(f"is {shown(text)}, which is none of {', '.join(allowed)}")
    return found


def switch(text: str) -> bool:
    """Return whether on is meant."""
    if text.lower() not in SWITCH:
        raise Fault(f"is {shown(text)}, which is neither on nor off")
    return SWITCH[text.lower()]


def seconds(text: str) -> float:
    """Return a duration: 50, "50 s", 2min, 500ms."""
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*([a-z]*)\.?", text, re.IGNORECASE)
    if found is None or found[2].lower() not in SECONDS:
        raise Fault(f"is {shown(text)}, which is no number of seconds")
    return float(found[1].replace(",", ".")) * SECONDS[found[2].lower()]


def interval(text: str) -> float:
    """Return seconds between polls, INTERVALS at least and at most."""
    found, (least, most) = seconds(text), INTERVALS
    if not least <= found <= most:
        raise Fault(f"is {shown(text)}, and an interval between polls is {least:g} to {most:g} seconds")
    return found


def wait(text: str) -> float:
    """Return seconds; infinity for "completion"."""
    if text.lower() in ("completion", "complete", "completed", "infinite", "infinity", "inf", "forever"):
        return math.inf
    return seconds(text)


def count(text: str) -> int | None:
    """Return a whole number; None for "unlimited"."""
    if text.lower() in ("unlimited", "no limit", "infinite", "infinity", "inf"):
        return None
    found = re.fullmatch(r"(\d+|\d{1,3}(?:[,_' ]\d{3})+)(?:\.0+)?", text)
    if found is None:
        raise Fault(f"is {shown(text)}, which is no whole number")
    return int(re.sub(r"\D", "", found[1]))


def address(text: str) -> str:
    """Return an http(s) address without a slash at its end; a bare host gets the scheme that it needs."""
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    refuse_placeholder(bare)
    if key_shapes.hidden(bare) == "…":
        raise Fault("holds a key, not an address")
    if "://" not in bare:
        host = urlsplit(f"//{bare}").hostname
        bare = f"{'http' if host and is_loopback(host) else 'https'}://{bare}"
    try:
        parts = urlsplit(bare)
        usable = parts.scheme.lower() in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\{}<>\"]|[^\x21-\x7e]", bare):
        raise Fault(f"is {shown(text)}, which is no http or https address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Fault("is an address with a user name, a query or a fragment, which this address never has")
    return bare.rstrip("/")


def words(text: str) -> list[str]:
    """Return the parts of a list, whatever separates them; JSON lists too."""
    found = _json_list(text)
    return [part for part in SEPARATORS.split(text) if part] if found is None else found


def folder(text: str, home: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the absolute folder that is meant: a path, ~/…, $HOME/…, %USERPROFILE%\\… or a file: URL."""
    path = text
    if path.lower().startswith("file:"):
        path = re.sub(r"^/(?=[A-Za-z]:)", "", unquote(urlsplit(path).path))
    path = re.sub(r"^(?:\$\{(\w+)\}|\$(\w+)|%(\w+)%)", lambda name: _filled(name, environment), path)
    if path == "~" or path.startswith(("~/", "~\\")):
        if home is None:
            raise Fault(f"is {shown(text)}, and this user has no home folder")
        path = str(home / path[2:])
    refuse_placeholder(path)
    if not Path(path).is_absolute():
        raise Fault(f"is {shown(text)}, which is no absolute path")
    return Path(path)


def folders(text: str) -> list[str]:
    """Return the parts of a list of folders: as the system separates them, or by commas, semicolons or lines where the
    parts are paths of their own."""
    found = _json_list(text)
    if found is not None:
        return found
    parts: list[str] = []
    for part in text.split(os.pathsep):
        finer = [piece.strip() for piece in re.split(r"[,;\n]", part) if piece.strip()]
        split = len(finer) > 1 and all(re.match(r"[/~$%]|[A-Za-z]:[\\/]", piece) for piece in finer)
        parts += finer if split and not Path(part).is_dir() else [part.strip()]
    return [one for part in parts if (one := plain(part)) is not None]


def shown(text: str) -> str:
    """Return the text of a setting, safe to be quoted in a message: short, on one line, without passwords of URLs and
    without keys, which are put into the wrong variable by mistake."""
    flat = "".join(character if character.isprintable() else " " for character in text)
    flat = key_shapes.hidden(re.sub(r"//[^/@]*@", "//…@", flat))
    return f"{flat[:60]!r}" if len(flat) <= 60 else f"{flat[:60]!r}…"


def _json_list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else None


def _filled(name: re.Match[str], environment: Mapping[str, str]) -> str:
    return environment.get(next(group for group in name.groups() if group), name[0])
