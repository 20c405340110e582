"""The tables of a sandbox's database, and what brings those of older versions up to date."""

from __future__ import annotations

VERSION = 4
"""Of the schema, in PRAGMA user_version."""

NEW_IN_3 = """
CREATE INDEX executions_by_chain ON executions (chain);
CREATE INDEX executions_by_project ON executions (project_id);

CREATE TABLE projects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    assistant_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    aspect_ratio TEXT NOT NULL,     -- JSON: width, height
    document TEXT,                  -- JSON: what the video is made of; NULL until it is built
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);

CREATE TABLE entities (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    pictures TEXT NOT NULL DEFAULT '[]',    -- JSON: fileId, description, isDefault
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    archived_at REAL
);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,        -- of a reply also that of the execution that makes it
    assistant_id TEXT NOT NULL,
    role TEXT NOT NULL,             -- user, assistant
    content TEXT NOT NULL,          -- of a user's message; a reply's is the outcome of its execution
    created_at REAL NOT NULL
);
CREATE INDEX messages_by_assistant ON messages (assistant_id);
"""

UPGRADES: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE jobs RENAME COLUMN lease_until TO renewals",
        "UPDATE jobs SET renewals = 0",
        "ALTER TABLE jobs ADD COLUMN delay REAL",
    ),
    2: (
        "ALTER TABLE files ADD COLUMN words TEXT",
        "ALTER TABLE executions ADD COLUMN kind TEXT NOT NULL DEFAULT 'make'",
        "ALTER TABLE executions ADD COLUMN project_id TEXT",
        "ALTER TABLE executions ADD COLUMN chain TEXT",
        "ALTER TABLE executions ADD COLUMN outcome TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE jobs ADD COLUMN lane TEXT",
        *NEW_IN_3.split(";\n"),
    ),
    3: ("ALTER TABLE files ADD COLUMN language TEXT",),
}
"""The statements that bring the schema of a version to the next one."""

SCHEMA = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,            -- awaiting (no bytes yet), processing, ready, failed
    type TEXT,
    scope TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT,
    prompt TEXT,
    transcript TEXT,
    words TEXT,                     -- JSON: startSeconds, endSeconds, word of each; NULL where nobody knows
    language TEXT,                  -- of the words, BCP 47; NULL where nobody knows
    duration REAL,
    sha256 TEXT,
    renditions TEXT NOT NULL,       -- JSON: name -> {path, mime, width, height, bytes}
    made TEXT NOT NULL,             -- JSON: engine, engineVersion, placeholder, seed
    tool_type TEXT,
    execution_id TEXT,
    presenter TEXT,                 -- slug, for the pictures that the sandbox brings along
    public INTEGER NOT NULL DEFAULT 0,
    signed_until INTEGER,
    created_at REAL NOT NULL,
    archived_at REAL,
    error TEXT                      -- JSON: code, message
);
CREATE INDEX files_by_execution ON files (execution_id);

CREATE TABLE executions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL DEFAULT 'make',  -- what runs it, as in jobs
    operation TEXT NOT NULL,
    project_id TEXT,
    chain TEXT,                     -- the first of those that were requested together and run one after another
    body TEXT NOT NULL,             -- JSON, today's wire names
    directives TEXT NOT NULL,       -- JSON
    seed INTEGER NOT NULL,
    status TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    results TEXT NOT NULL DEFAULT '[]',     -- JSON: ids of files
    outcome TEXT NOT NULL DEFAULT '{}',     -- JSON: what came of it besides files
    error TEXT,                     -- JSON: code, message
    created_at REAL NOT NULL,
    finished_at REAL
);

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,             -- ingest (an upload), or the kind of the execution
    ref TEXT NOT NULL UNIQUE,       -- the file or the execution
    lane TEXT,                      -- jobs of one lane run one after another
    priority INTEGER NOT NULL,
    not_before REAL,                -- Unix seconds; NULL: never by itself
    delay REAL,                     -- seconds from its request until then
    owner TEXT,
    renewals INTEGER NOT NULL DEFAULT 0,    -- of the owner's lease
    starts INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE webhook_endpoints (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    events TEXT NOT NULL,           -- JSON
    description TEXT,
    secret TEXT NOT NULL,
    created_at REAL NOT NULL
);
"""
    + NEW_IN_3
)
"""The statements that make the tables of a new database."""
