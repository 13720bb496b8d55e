/** The schema of records.db, oldest script first. A released script never changes; a new one is added. */

/**
 * `seq` numbers the rows of a list in the order of their arrival; pages are cut by it. What was asked lives apart from the run, because
 * a lease is renewed every few seconds and SQLite writes a row whole.
 */
const FIRST = `
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  stream_id TEXT NOT NULL,
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'cancelled', 'failed', 'interrupted')),
  conversation_id TEXT,
  parent_id TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  finish_reason TEXT,
  error TEXT,
  usage TEXT,
  cancel_requested_at INTEGER,
  lease_holder TEXT,
  lease_until INTEGER,
  CHECK ((ended_at IS NULL) = (status IN ('queued', 'running'))),
  CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE INDEX runs_of_owner ON runs (tenant, user);
CREATE INDEX runs_of_owner_by_status ON runs (tenant, user, status);
CREATE INDEX runs_of_conversation ON runs (tenant, user, conversation_id);
CREATE INDEX runs_unfinished ON runs (conversation_id) WHERE ended_at IS NULL;

CREATE TABLE requests (
  run_id TEXT PRIMARY KEY NOT NULL REFERENCES runs (id),
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  input TEXT NOT NULL,
  options TEXT NOT NULL
) STRICT;

CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  title TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_run_id TEXT
) STRICT;
CREATE INDEX conversations_of_owner ON conversations (tenant, user);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'tool', 'system')),
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  run_id TEXT,
  status TEXT CHECK (status IN ('completed', 'cancelled', 'failed', 'interrupted'))
) STRICT;
CREATE INDEX messages_of_conversation ON messages (tenant, user, conversation_id);

CREATE TABLE idempotency_keys (
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  run_id TEXT NOT NULL REFERENCES runs (id),
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
`

/** How an input that is the whole conversation goes into the history, as JSON; none for an input that the history goes before. */
const TRANSCRIPTS = 'ALTER TABLE requests ADD COLUMN transcript TEXT'

export const MIGRATIONS: readonly string[] = [FIRST, TRANSCRIPTS]
