"""What a host tells its model about this server as a whole: what it can do, and words that hold for every tool."""

from __future__ import annotations

from videogen_mcp.settings import Settings

FINISHED = """\
VideoGen makes pictures, clips, speech, sounds, music and finished narrated videos (script_to_video), which \
edit_project changes later."""

SINGLE = "VideoGen makes and edits pictures, clips, speech and sounds."

CANNOT = "It cannot join, mix or trim files of your own ({instead}), nor show prices or credits (app.videogen.io does)."
NEAREST, OTHERWISE = "nearest: b_roll of script_to_video; else ffmpeg", "use ffmpeg"

STARTING = """\
Every start is paid: never repeat one to be sure, list_executions shows what was started. Running is no failure: go on \
with wait_for_execution."""
STARTING_ALONE = "Every start is paid: never repeat one to be sure. Running is no failure."
TAKING = "Pictures and sounds take a minute, clips a few, finished videos up to 15."

WAITING = "wait_seconds 0 answers at once: start several, then wait for all ids."
SAVING = "Links are previews that expire; save_to (folder/ or file name, never overwrites) saves originals."
LINKING = "Links are previews that expire; get_file has the original, set_public_preview makes lasting ones."
EXPIRING = "Links are previews that expire."
CHOOSING = "Leave out what you do not need; auto: the service chooses."
CHECKING = "Check results with look_at_file before praising them."
SANDBOX = "Marked sandbox: a placeholder, works only on this machine."


def instructions(settings: Settings, *, local_files: bool) -> str:
    """Return them for one client. `local_files`: whether paths of this machine are taken."""
    today = settings.dialect != "v0"
    takes = ", ".join(["a file id", *(["https: URL"] if today else []), *(["local path"] if local_files else [])])
    videos, executions, files = (one in settings.toolsets for one in ("videos", "executions", "files"))
    videos = videos and today
    sentences = [
        FINISHED if videos else SINGLE,
        CANNOT.format(instead=NEAREST if videos else OTHERWISE),
        STARTING if executions else STARTING_ALONE,
        TAKING,
        *([WAITING] if executions else []),
        f"Media arguments take {' or '.join(takes.rsplit(', ', 1))}.",
        SAVING if local_files else LINKING if files else EXPIRING,
        CHOOSING,
        *([CHECKING] if files else []),
        *([SANDBOX] if settings.uses_sandbox else []),
    ]
    return " ".join(sentences)
