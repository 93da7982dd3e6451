-- +goose Up
CREATE TABLE run (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  collected_at    TEXT NOT NULL,
  as_of           TEXT NOT NULL,
  tool_version    TEXT NOT NULL,
  rules_digest    TEXT NOT NULL,
  selected        INTEGER NOT NULL,
  base            INTEGER NOT NULL,
  head            BLOB NOT NULL,
  drift           BLOB NOT NULL DEFAULT x'',
  snapshot_digest TEXT NOT NULL DEFAULT '',
  summary         TEXT NOT NULL DEFAULT '',
  exit_status     INTEGER NOT NULL DEFAULT 0,
  complete        INTEGER NOT NULL DEFAULT 0,
  interrupted     INTEGER NOT NULL DEFAULT 0,
  size            INTEGER NOT NULL DEFAULT 0,
  finished        INTEGER NOT NULL DEFAULT 0,
  pruned          INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_base ON run (base);

CREATE TABLE run_tenant (
  run           INTEGER NOT NULL REFERENCES run (id),
  tenant        TEXT NOT NULL,
  position      INTEGER NOT NULL,
  scheduled_at  TEXT NOT NULL,
  listed        INTEGER NOT NULL,
  whole         INTEGER NOT NULL DEFAULT 0,
  previous      INTEGER NOT NULL,
  rules_changed INTEGER NOT NULL,
  PRIMARY KEY (run, tenant),
  UNIQUE (tenant, scheduled_at)
);

CREATE TABLE shard (
  run      INTEGER NOT NULL REFERENCES run (id),
  number   INTEGER NOT NULL,
  digest   TEXT NOT NULL,
  meanings BLOB NOT NULL,
  episodes BLOB NOT NULL,
  findings BLOB NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (run, number)
);

CREATE TABLE batch (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  run    INTEGER NOT NULL,
  digest TEXT NOT NULL,
  data   BLOB NOT NULL
);
CREATE INDEX batch_run ON batch (run);

CREATE TABLE document (
  digest   BLOB PRIMARY KEY,
  batch    INTEGER NOT NULL,
  position INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE finding (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant       TEXT NOT NULL,
  export_id    TEXT NOT NULL,
  fingerprint  BLOB NOT NULL,
  rule         TEXT NOT NULL,
  severity     TEXT NOT NULL,
  status       TEXT NOT NULL,
  resource     TEXT NOT NULL,
  first_run    INTEGER NOT NULL REFERENCES run (id),
  last_run     INTEGER,
  resolved_run INTEGER,
  ending       TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX finding_open ON finding (tenant, export_id, fingerprint, status) WHERE resolved_run IS NULL;
CREATE INDEX finding_first ON finding (first_run);
CREATE INDEX finding_resolved ON finding (resolved_run) WHERE resolved_run IS NOT NULL;

CREATE TABLE ledger (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  subject  INTEGER NOT NULL,
  body     TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash     TEXT NOT NULL
);
