-- +goose Up
CREATE TABLE ledger (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  subject  INTEGER NOT NULL,
  body     TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash     TEXT NOT NULL
);

CREATE TABLE recording (
  run     INTEGER PRIMARY KEY AUTOINCREMENT,
  base    INTEGER NOT NULL,
  tenants TEXT NOT NULL
);

CREATE TABLE part (
  run    INTEGER NOT NULL,
  kind   TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  data   BLOB NOT NULL,
  PRIMARY KEY (run, kind, number)
);

CREATE TABLE document (
  digest   BLOB NOT NULL,
  run      INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (digest, run, number, position)
) WITHOUT ROWID;
