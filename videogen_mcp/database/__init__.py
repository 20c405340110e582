"""What several servers share: one SQL database, PostgreSQL between machines or a SQLite file between processes."""
