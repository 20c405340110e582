"""What a host tells its model about this server as a whole: what it can do, and words that hold for every tool."""

from __future__ import annotations

from videogen_mcp.settings import Settings

FINISHED = """\
VideoGen makes pictures, clips, speech, sounds, music and finished narrated videos (script_to_video), which \
edit_project changes later. It cannot join, mix or trim files of your own (b_roll of script_to_video comes nearest), \
nor tell prices."""

SINGLE = """\
VideoGen makes and edits pictures, clips, speech and sounds. It cannot join, mix or trim files of your own, nor tell \
prices."""

STARTING = """\
Every start is paid: never repeat one to be sure, list_executions shows what was started. Status running is no \
failure: go on with wait_for_execution. Pictures and sounds take a minute, clips a few, finished videos up to 15."""

WAITING = "wait_seconds, 0-600: how long to wait; 0 answers at once: start several, then wait for all ids."
SAVING = "save_to: folder (ends with /) or file name for results."
CHOOSING = "Leave out what you do not need; auto: the service chooses."
CHECKING = "Check results with look_at_file before you praise them."
SANDBOX = "Marked sandbox: a placeholder made on this machine."


def instructions(settings: Settings, *, local_files: bool) -> str:
    """Return them for one client. `local_files`: whether paths of this machine are taken."""
    today = settings.dialect != "v0"
    takes = ", ".join(["a file id", *(["https: URL"] if today else []), *(["local path"] if local_files else [])])
    links = "save, or set_public_preview" if local_files else "set_public_preview makes lasting ones"
    sentences = [
        FINISHED if today and "videos" in settings.toolsets else SINGLE,
        STARTING,
        *([WAITING] if "executions" in settings.toolsets else []),
        *([SAVING] if local_files else []),
        f"Media arguments take {' or '.join(takes.rsplit(', ', 1))}.",
        CHOOSING,
        *([CHECKING] if "files" in settings.toolsets else []),
        f"Preview links expire: {links}.",
        *([SANDBOX] if settings.uses_sandbox else []),
    ]
    return " ".join(sentences)
