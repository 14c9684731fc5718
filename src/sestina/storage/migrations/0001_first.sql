-- One account in one region; every other row carries its number.
CREATE TABLE scopes (
  scope INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  UNIQUE (account, region)
);

-- Typed documents of one kind: identities, templates, configuration sets, the account's settings, …
CREATE TABLE documents (
  scope INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (scope, kind, name)
);
CREATE INDEX documents_by_age ON documents (scope, kind, created, name);

-- Accepted messages: the record, what is still to be rendered, the bytes, and the steps that led to acceptance.
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  accepted INTEGER NOT NULL,
  record BLOB NOT NULL,
  pending BLOB,
  raw BLOB,
  admission BLOB NOT NULL
);
CREATE INDEX messages_by_scope ON messages (scope, seq);

-- The journey once it has gone beyond admission; apart from the message, whose long row is never rewritten for it.
CREATE TABLE journeys (
  message INTEGER PRIMARY KEY,
  steps BLOB NOT NULL
);

-- Who a message went to, for the `to` filter.
CREATE TABLE recipients (
  scope INTEGER NOT NULL,
  address TEXT NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (scope, address, message)
) WITHOUT ROWID;

-- The timeline: what happened to which message, the single source of every statistic.
CREATE TABLE timeline (
  seq INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  event BLOB NOT NULL
);
CREATE INDEX timeline_by_message ON timeline (message);

-- Work that an acknowledged change still owes: taken up again after a crash.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  scope INTEGER NOT NULL,
  message INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  payload BLOB
);
CREATE INDEX outbox_relay ON outbox (due, seq) WHERE flow = 'relay';

-- What is owed, or was given, to neighbours: one event for one destination each.
CREATE TABLE dispatches (
  seq INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  message INTEGER NOT NULL,
  state TEXT NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  result TEXT,
  ended INTEGER,
  dispatch BLOB NOT NULL
);
CREATE INDEX dispatches_owed ON dispatches (due, seq) WHERE state = 'owed';
CREATE INDEX dispatches_by_message ON dispatches (message);

-- Recipients per minute and event type, so that quotas and statistics need no scan.
CREATE TABLE tallies (
  scope INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  type TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (scope, minute, type)
) WITHOUT ROWID;
