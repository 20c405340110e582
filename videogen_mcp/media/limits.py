"""Every number about uploads and downloads, with its reason. Times in seconds, sizes in bytes."""

from __future__ import annotations

from videogen_mcp.api.retries import Backoff

LARGEST_UPLOAD = 4 * 1024**3
"""Object storage takes at most 5 GB in one PUT, and a signed upload address takes the file in one."""

LARGEST_DOWNLOAD = 64 * 1024**3
"""A day of 720p film. A server that sends more is broken, and must not fill the disk."""

BLOCK = 256 * 1024
"""What is read, hashed and sent at a time: large enough for full speed, small enough to be nothing in memory."""

WRITE_BLOCK = 1024 * 1024
"""What is gathered before it goes to the disk in one step."""

HEAD = 64 * 1024
"""Bytes from the beginning that tell what a file is."""

REPORT_EVERY = 1.0
"""Between two progress messages of one transfer: people read no faster, and hosts write each one down."""

UPLOAD_ATTEMPTS = 8
"""Tries of one upload. Each starts over (the address takes whole files only), so five breaks in a row must fit."""

UPLOAD_ADDRESSES = 3
"""New files registered for one upload: an upload address expires soon, and a slow line outlives it."""

DOWNLOAD_BREAKS = 8
"""Breaks in a row without PROGRESS_MADE bytes in between; what moves on is never given up."""

PROGRESS_MADE = 1024 * 1024
"""Bytes after which a download counts as moving, so that its earlier breaks are forgiven."""

TRANSFER_BACKOFF = Backoff(first=0.5, longest=5.0)
"""Waits after broken transfers: the first helps with a dropped connection, the last ones together with a restart of
the other side. A person may be waiting."""

READY_FIRST = 0.5
READY_LAST = 5.0
READY_GROWTH = 1.4
"""Waits between polls of an uploaded file. The SDKs poll every 1.5 to 2 s; hydrate has 2,500 calls an hour for
everything, so a file that takes minutes is polled every 5 s."""

READY_LIMIT = 900.0
"""Until an uploaded file is given up. The seed SDK waits an hour, but no user waits for it; thumbnails and
previews of a long film take some minutes."""

KNOWN_FILES = 2_000
"""Files of which a process remembers that nobody has to wait for them, in some 400 kB; for others it is looked up, in a
millisecond."""

MEDIA_AT_ONCE = 4
"""Files of one request that are brought upstream at a time: it hides the waits, and a slow line bears it."""

IMPORT_LIMIT = 3_600.0
"""Until an import from an address is given up, as the official SDK does (2.5.3, poll_file_url_import)."""

IMPORT_KEPT = 600.0
"""How long the same address means the file that was imported from it: one piece of work, during which what is there
does not change."""

IMPORTS_KEPT = 200
"""Addresses that are remembered so."""

SOURCE_LIMIT = 60.0
"""How long a download waits for the rendition to be made: results of executions are there already."""

NAME_BYTES = 200
"""Longest file name we write. Most file systems take 255 bytes; " (99)" and the ending need some."""

SAME_NAMES = 999
"""Highest number tried in "name (2).png"; a folder with more of one name needs another name."""

PATH_LENGTH = 4096
COMPONENT_BYTES = 255
"""Longest path and longest single name that Linux takes."""

LISTED_FOR_HINTS = 5_000
"""Names of a folder that are compared for a did-you-mean."""

STALE_PART = 86_400.0
"""Age at which a part of a download, left by a killed process, is removed from the folder it was meant for."""

KEPT_RESULTS = 100
"""Outcomes of transfers kept for the call that comes back for them."""

NEW_LINKS = 3
"""New links in a row for one download without PROGRESS_MADE bytes: a fresh one that is refused will go on being so."""

DOWNLOADS_AT_ONCE = 4
"""More at a time make none faster, and a hundred results must not open a hundred connections."""

ROOTS_LIMIT = 2.0
"""Seconds a client has to name the folders it offers. It knows them at once or not at all, and a call must go on."""

READ_MOST = 64 * 1024**2
"""Bytes of a file that are fetched to look at it: a minute of film in best quality. Of a larger one the preview is."""

READ_ATTEMPTS = 3
"""Downloads of a file to look at it before the call says that it broke."""

READ_SECONDS = 40.0
"""For reading a file once it is here. A day of sound, a picture of 100 megapixels and ten minutes of film take 10 to
20 s on a busy machine; all that takes longer is broken on purpose."""

READS_AT_ONCE = 2
"""Each may take 2 GiB and a core."""

READ_REPORT = 256 * 1024
"""Most bytes of facts that a reader may write; it writes 2 kB."""

PICTURE_MOST = 700_000
"""Bytes of a picture in an answer; hosts cut results at 1 MB with base64 counted. A reader's has 60 kB, the service's
thumbnail what the service makes of it."""
