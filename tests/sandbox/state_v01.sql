-- The database of a sandbox of version 0.1.0 with one finished execution, one that runs, and a webhook endpoint.
PRAGMA journal_mode = WAL;
PRAGMA user_version = 1;

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
    operation TEXT NOT NULL,
    body TEXT NOT NULL,             -- JSON, today's wire names
    directives TEXT NOT NULL,       -- JSON
    seed INTEGER NOT NULL,
    status TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    results TEXT NOT NULL DEFAULT '[]',
    error TEXT,                     -- JSON: code, message
    created_at REAL NOT NULL,
    finished_at REAL
);
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,             -- ingest (an upload), make (an execution)
    ref TEXT NOT NULL UNIQUE,       -- the file or the execution
    priority INTEGER NOT NULL,
    not_before REAL,                -- Unix seconds; NULL: never by itself
    owner TEXT,
    lease_until REAL,
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
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL,          -- the webhook-id: one for an event, whoever gets it and how often
    endpoint TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL               -- Unix seconds; while one is under way, when it counts as lost
) STRICT
;

INSERT INTO meta VALUES ('signing', '0000000000000000000000000000000000000000000000000000000000000000');

INSERT INTO files (id, state, type, scope, display_name, description, prompt, duration, sha256, renditions, made,
    tool_type, execution_id, signed_until, created_at)
VALUES ('vg_file_0000000000000000000001', 'ready', 'IMAGE', 'GLOBAL', 'a pear', 'A pear.', 'a pear', NULL, 'ab',
    '{"download": {"path": "original.png", "mime": "image/png", "width": 1280, "height": 720, "bytes": 9}}',
    '{"engine": "sandbox-scene", "engineVersion": "1", "placeholder": true, "seed": 274894119}',
    'GENERATE_IMAGE', 'vg_tool_0000000000000000000001', 4102444800, 1789999980.5);

INSERT INTO executions (id, operation, body, directives, seed, status, progress, results, created_at, finished_at)
VALUES ('vg_tool_0000000000000000000001', 'generate-image',
    '{"prompt": "a pear", "aspectRatio": {"width": 16, "height": 9}, "watermarkMode": "AUTO", "quality": "STANDARD",
      "count": 1, "temporary": false, "inputs": {}}',
    '{"delay": 0.0, "stall": false, "fail": null, "attempts": 1, "approval": false}',
    274894119, 'succeeded', 1.0, '["vg_file_0000000000000000000001"]', 1789999980.0, 1789999981.0);

INSERT INTO executions (id, operation, body, directives, seed, status, created_at)
VALUES ('vg_tool_0000000000000000000002', 'generate-image',
    '{"prompt": "an apple", "aspectRatio": {"width": 16, "height": 9}, "watermarkMode": "AUTO", "quality": "STANDARD",
      "count": 1, "temporary": false,
      "inputs": {"imageFileIds": ["vg_file_0000000000000000000001"]}}',
    '{"delay": 0.0, "stall": false, "fail": null, "attempts": 1, "approval": false}',
    205828990, 'running', 1789999990.0);

INSERT INTO jobs (kind, ref, priority, not_before, owner, lease_until, starts)
VALUES ('make', 'vg_tool_0000000000000000000002', 1, 1789999990.0, 'a223f1e8b0cc3b2c', 1789999999.0, 1);

INSERT INTO webhook_endpoints (id, url, events, description, secret, created_at)
VALUES ('ep_0000000000000000000001', 'https://example.com/', '["tool_execution.failed"]', NULL,
    'whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw', 1789999980.0);
