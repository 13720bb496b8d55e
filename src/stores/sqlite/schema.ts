/** The tables of the store. Released entries never change: what comes later is added below. */
export const MIGRATIONS: readonly string[] = [
  `
  -- One row per stream; its newest seq is not here but in the journal and the blocks, so that an append does not touch this table.
  CREATE TABLE streams (
    key INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: what a deleted stream left in the journal must not become another's
    id TEXT NOT NULL UNIQUE,
    content_type TEXT NOT NULL,
    ttl_ms INTEGER,                        -- sliding expiry
    expires_at INTEGER,
    term INTEGER NOT NULL,
    spans TEXT NOT NULL,                   -- JSON [[term, first seq], ...]
    closed INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,    -- kept for its forks only
    forks INTEGER NOT NULL DEFAULT 0,
    stream_seq TEXT,
    parent INTEGER,                        -- key of the stream that it was forked from
    base_seq INTEGER NOT NULL DEFAULT 0,   -- last record that is read from there
    from_id TEXT,
    from_after TEXT,
    from_bytes INTEGER
  ) STRICT;
  CREATE INDEX streams_expiry ON streams (expires_at) WHERE expires_at IS NOT NULL AND deleted = 0;

  CREATE TABLE producers (
    stream INTEGER NOT NULL,
    id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (stream, id)
  ) STRICT, WITHOUT ROWID;

  -- Arrival order: one row per append, always at the end of the tree, which is what makes it fast.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    last INTEGER NOT NULL,                 -- seq of its last record
    data BLOB NOT NULL                     -- see pack.ts
  ) STRICT;

  -- Sealed parts of streams, moved here from the oldest end of the journal.
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    last INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX blocks_order ON blocks (stream, last);

  -- Keys of deleted streams whose blocks are still to be freed.
  CREATE TABLE trash (stream INTEGER PRIMARY KEY) STRICT;
  `,
]
