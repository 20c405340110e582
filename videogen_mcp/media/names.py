"""What a text stands for (id, path, address) and which names are fit to be read or written. Pure functions."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import Literal
from urllib.parse import unquote

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import bounded
from videogen_mcp.media.limits import COMPONENT_BYTES, NAME_BYTES, PATH_LENGTH

WINDOWS = os.name == "nt"

_MEDIA = """png jpg jpeg jpe webp gif avif heic heif bmp tif tiff svg jp2 ico psd ppm mp4 m4v mov webm mkv avi mpg mpeg
ts mts m2ts wmv flv 3gp 3g2 ogv dv mxf h264 ivf mp3 wav m4a aac flac ogg oga opus weba mka aiff aif wma amr caf au gsm
ac3 w64 wv"""
MEDIA_ENDINGS = frozenset(_MEDIA.split())
"""Endings that make a bare word a file name: no id has one."""

_SECRETS = """pem key p12 pfx p8 jks jceks keystore kdb kdbx ppk asc gpg pgp ovpn env netrc htpasswd wallet keytab
cer crt der csr rdp agilekeychain opvault"""
SECRET_ENDINGS = frozenset(_SECRETS.split())
SECRET_NAMES = re.compile(
    r"(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|authorized_keys|known_hosts|credentials?|secrets?|passwd|passwords?|shadow"
    r"|gshadow|sudoers|htpasswd|token|wallet\.dat|login ?data|cookies|key[34]\.db|logins\.json|service[_-]account"
    r"|env|npmrc|pypirc|netrc|pgpass|journal\.sqlite3)",
    re.IGNORECASE,
)
"""Names of keys and passwords, whatever ending comes after them unless it is a medium's: cookies.jpg is a photo."""

RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Device names of Windows, also with an ending ("nul.png")."""

HIDDEN_FOLDERS = {"darwin": frozenset({"library"}), "win32": frozenset({"appdata"})}.get(sys.platform, frozenset())
"""What a platform hides in a home folder without a dot: programs keep their keys there."""

FILE_ID = re.compile(r"vg_file_[A-Za-z0-9_-]{6,100}")

_EXECUTION = ("the id of an execution", "wait_for_execution gives the file ids of its results")
OTHER_IDS = {
    **dict.fromkeys(("vg_tool_", "vg_work_", "vg_expo_", "vg_rmix_", "vg_inte_", "vg_fimp_"), _EXECUTION),
    "vg_proj_": ("the id of a project", "find_projects with project_id gives the file ids of its exports"),
    "vg_enti_": ("the id of an entity", "find_entities with entity_id gives the file ids of its pictures"),
    "vg_voic_": ("the id of a voice", "text_to_speech makes a file with it"),
    "vg_asst_": ("the id of an assistant", "ask_assistant gives what it makes"),
    "vg_asms_": ("the id of a message", "wait_for_execution gives what came of it"),
}
"""How ids of other things than files begin: what such an id is, and what leads to a file."""

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Characters that turn the direction of text, so that gpj.exe reads exe.jpg, and the invisible byte order mark."""

Meaning = Literal["id", "path", "address"]


def meaning(text: str) -> Meaning:
    """Whether a media argument is a path of this machine, an address on the web, or (all else) an id."""
    if re.match(r"file:", text, re.IGNORECASE) or re.match(r"[A-Za-z]:[\\/]", text):
        return "path"
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|data:|blob:", text, re.IGNORECASE):
        return "address"
    if text.startswith(("/", "~", ".", "\\")) or "/" in text or "\\" in text or "\0" in text:
        return "path"
    return "path" if ending(text) in MEDIA_ENDINGS else "id"


def known_id(text: str) -> str | None:
    """The file id in an address that shows one, such as a file's page."""
    found = FILE_ID.search(text)
    return found[0] if found else None


def other_id(text: str) -> tuple[str, str] | None:
    """Return what an id is that is none of a file, and what leads from it to a file; None where it may be one."""
    return next((words for prefix, words in OTHER_IDS.items() if text.startswith(prefix)), None)


def quoted(text: str) -> str:
    """Return a path or name of others, safe to show in a sentence."""
    return bounded(text, 160) or "an empty name"


def absolute(text: str, home: str | os.PathLike[str] | None) -> str:
    """The absolute path that `text` means: a path, ~/…, or a file: URL. Raises Refusal for everything else.

    Nothing is read from the disk, and `..` stays in.
    """
    path = text.strip()
    if re.match(r"file:", path, re.IGNORECASE):
        path = _of_url(path)
    _refuse_odd(path)
    if path in ("~", "~/") or path.startswith("~/") or (WINDOWS and path.startswith("~\\")):
        if home is None:
            raise _invalid("names the home folder, and this server's user has none", "Use an absolute path")
        path = os.fspath(home) + path[1:]
    elif path.startswith("~"):
        raise _invalid("names another user's home folder", "Use ~/ for the own one, or an absolute path")
    if path.startswith(("\\\\", "//")):
        raise _invalid("is a network or device path", "Copy the file to a local folder and give that path")
    if re.match(r"[A-Za-z]:", path) and not WINDOWS:
        raise _invalid("is a Windows path, and this server does not run on Windows", "Give the path as it is here")
    if not _is_absolute(path):
        raise _invalid(
            f'("{quoted(text)}") is not absolute, and hosts start this server in any folder',
            "Give the whole path, like /home/ada/photo.jpg or ~/photo.jpg, an address with https://, or a file id",
        )
    if WINDOWS and (":" in path[2:] or any(is_reserved(part) for part in re.split(r"[\\/]", path))):
        raise _invalid("names a device or a stream inside a file", "Give the path of an ordinary file")
    return path


def respelled(path: str) -> list[str]:
    """Return what a path that is not there may stand for: one escaped as shells, Markdown or URLs want it."""
    plain = [] if WINDOWS else [re.sub(r"\\([^\sA-Za-z0-9]|\s)", r"\1", path)]
    plain += [unquote(path)] if "%" in path else []
    return [one for one in plain if one != path]


def _is_absolute(path: str) -> bool:
    return bool(re.match(r"[A-Za-z]:[\\/]", path)) if WINDOWS else path.startswith("/")


def _of_url(text: str) -> str:
    rest = text[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise _invalid("is a file: address of another machine", "Give the path of a file on this machine")
        rest = slash + path
    try:
        path = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        raise _invalid("is a file: address that is no text", "Give the plain path") from None
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def _refuse_odd(path: str) -> None:
    if not path:
        raise _invalid("is empty", "Give a path or a file id")
    if len(path) > PATH_LENGTH:
        raise _invalid(f"is longer than {PATH_LENGTH} characters", "Give the path of a file")
    try:
        longest = max(len(part.encode()) for part in re.split(r"[\\/]", path))
    except UnicodeEncodeError:
        raise _invalid("holds characters that are no text", "Rename the file") from None
    if longest > COMPONENT_BYTES:
        raise _invalid(f"has a name of more than {COMPONENT_BYTES} bytes", "Give a shorter one")
    if any(is_deceptive(character) for character in path):
        raise _invalid("holds control or text direction characters, which can make it look like another", "Rename it")


def _invalid(what: str, next_step: str) -> Refusal:
    return Refusal("invalid_path", f"the path {what}", next_step)


def is_deceptive(character: str) -> bool:
    """Control characters, line breaks and those that turn the direction of text."""
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or character in TURNING


def is_hidden(part: str) -> bool:
    """Whether a folder or file of that name is hidden."""
    return part.startswith(".")


def is_secret(name: str) -> bool:
    """Whether a file of that name looks like a key, a password store or the like."""
    if ending(name) in MEDIA_ENDINGS:
        return False
    stem = name.split(".", 1)[0]
    return bool(SECRET_NAMES.fullmatch(name) or SECRET_NAMES.fullmatch(stem)) or ending(name) in SECRET_ENDINGS


def is_reserved(name: str) -> bool:
    """Whether Windows keeps the name for a device."""
    return name.split(".", 1)[0].strip().lower() in RESERVED


def ending(name: str) -> str:
    """ "Photo.JPG" → "jpg"; "" where there is none."""
    return name.rpartition(".")[2].lower() if "." in name.strip(".") else ""


def alike(name: str) -> str:
    """A name as a reader sees it: programs write narrow spaces and split accents that people type otherwise."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def clean(name: str | None, fallback: str) -> str:
    """A name that every system takes, without its last ending if that is a medium's: never hidden, never a device,
    never a path. `fallback` when nothing is left."""
    return _fit(name or "") or _fit(fallback) or "file"


def _fit(text: str) -> str:
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    text = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    text = re.sub(r'[<>:"/\\|?*]', "_", " ".join(text.split())).strip(". ~$").lstrip("-")
    if ending(text) in MEDIA_ENDINGS:
        text = text.rpartition(".")[0].rstrip(". ")
    text = _shortened(text, NAME_BYTES)
    return f"_{text}" if text and is_reserved(text) else text


def _shortened(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore").rstrip(". ")


def numbered(stem: str, suffix: str, number: int) -> str:
    """("pear", "png", 2) → "pear (2).png"; the first has no number."""
    return f"{stem}.{suffix}" if number == 1 else f"{stem} ({number}).{suffix}"
