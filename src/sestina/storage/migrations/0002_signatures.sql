-- Private keys that sign messages, by name; they outlive identities, whose messages may be signed later.
CREATE TABLE signing_keys (
  name TEXT PRIMARY KEY,
  key BLOB NOT NULL
);

-- The DKIM signature fields of messages that somebody has read or that were handed on.
CREATE TABLE signatures (
  message INTEGER PRIMARY KEY,
  fields BLOB NOT NULL
);
