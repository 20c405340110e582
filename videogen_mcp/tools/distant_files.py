"""Files that are not on this machine: imported from the web, or sent to VideoGen by the machine that has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, StringConstraints

from videogen_mcp.api.errors import BrokenAnswer
from videogen_mcp.api.operations import TODAY
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.replies import Reply
from videogen_mcp.media.limits import LARGEST_UPLOAD
from videogen_mcp.media.names import meaning
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.sniff import ANY_MEDIA, COMMON
from videogen_mcp.media.uploads import NAME_LENGTH, Wanted
from videogen_mcp.tools.annotations import ADDING, KEEPING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.files import CONFLICT, LocalPath, Name, bring, plain
from videogen_mcp.workflows.base import TEXT
from videogen_mcp.workflows.call_arguments import PATH_CHARACTERS
from videogen_mcp.workflows.spellings import place

MEDIA_OF_SEED = f"a picture, video or sound ({', '.join(COMMON.values())})"
"""What an upload may be in the API of the first SDK."""

SAME_IN_EVERY_SHELL = re.compile(r"[^\"$`!\\]*")
"""What means itself in double quotes, for sh, PowerShell and cmd."""


def _file_there(text: str) -> str:
    if meaning(text) == "address" or text.lower().startswith("file:"):
        raise ValueError("is an address; give the file's name, or its path on the machine that has it")
    if not 0 < len(_name(text)) <= NAME_LENGTH:
        raise ValueError(f"names no file, or one of more than {NAME_LENGTH} characters")
    return plain(text)


def _name(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]


class ImportFile(Arguments):
    """Arguments of upload_file where files are elsewhere."""

    formerly: ClassVar[Mapping[str, str]] = MappingProxyType({"path": "url"})
    """Where files are here, that argument has another name."""

    url: LocalPath = Field(validation_alias=AliasChoices("url", "path"), description="https: URL.")
    name: Name | None = None
    temporary: bool = Field(False, description="Kept 24 h at least.")


class CreateUpload(Arguments):
    """Arguments of create_upload."""

    file: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=PATH_CHARACTERS),
        AfterValidator(_file_there),
        BeforeValidator(place),
        TEXT,
    ] = Field(description="Its name, or where it is there: Videos/talk.mp4.")
    temporary: bool = Field(False, description="Kept 24 h at least.")


def distant_file_tools(media: MediaResolver) -> list[Tool]:
    """Return the two tools for files that this machine does not have."""

    async def upload_file(arguments: ImportFile, call: Call) -> Reply:
        return await bring(Wanted(arguments.url, name=arguments.name, temporary=arguments.temporary), media, call)

    async def create_upload(arguments: CreateUpload, call: Call) -> Reply:
        upstream = await call.connect()
        name = _name(arguments.file)
        upload = await upstream.client.create_upload(name, None, arguments.temporary)
        media.expected.expect(upload.file_id, upstream)
        takes = ANY_MEDIA if upstream.dialect.uploads is None else MEDIA_OF_SEED
        return _registered(upload.file_id, name, upload.upload_url, _command(arguments.file, upload.upload_url), takes)

    return [
        Tool(
            Purpose("upload_file", "changed", CONFLICT),
            title="Upload file",
            description="Import the file at a URL and get its file id. Seldom needed: media arguments take URLs too.",
            arguments=ImportFile,
            handler=upload_file,
            annotations=KEEPING,
            eras=TODAY,
        ),
        Tool(
            Purpose(
                "create_upload",
                "changed",
                {"no_answer": "Call create_upload again: an upload without bytes is no harm"},
            ),
            title="Create upload",
            description="For a file on the user's machine: a file id, and the command that sends the file there. Run it"
            " where the file is, then give the file id wherever media is taken.",
            arguments=CreateUpload,
            handler=create_upload,
            annotations=ADDING,
        ),
    ]


def _registered(file_id: str, name: str, url: str, command: str, takes: str) -> Reply:
    """A file that is registered, and what it takes to get its bytes there."""
    most = LARGEST_UPLOAD // 1024**3
    note = f"It may be {takes}, of at most {most} GiB; the address takes it once, soon expires, and is a secret"
    next_step = (
        "Run the command on the machine that has the file; once it has ended without an error, give file_id"
        f' "{file_id}" wherever media is taken: the first use waits until it is ready'
    )
    structured: dict[str, Any] = {
        "file_id": file_id,
        "name": name,
        "upload_url": url,
        "command": command,
        "note": note,
        "next_step": next_step,
    }
    return Reply(f"File {file_id} waits for its bytes.\n{command}\n{note}.\n{next_step}.", structured)


def _command(file: str, url: str) -> str:
    """Return the line that sends the file: status 400 and above fail, and no character of a name or an address is
    special (`--globoff`). Raise BrokenAnswer for an address that is none."""
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise BrokenAnswer("the service gave no address for the upload", may_have_started=False)
    return f"curl --fail --globoff --upload-file {_path(file)} {_quoted(url)}"


def _path(file: str) -> str:
    """A path as one word for a shell; ~/ stays what it is, and what curl would take for an option or stdin a file."""
    if file.startswith("~/"):
        return f"~/{_quoted(file[2:])}"
    return _quoted(f"./{file}" if file.startswith(("-", ".")) and "/" not in file else file)


def _quoted(text: str) -> str:
    return f'"{text}"' if SAME_IN_EVERY_SHELL.fullmatch(text) else shlex.quote(text)
