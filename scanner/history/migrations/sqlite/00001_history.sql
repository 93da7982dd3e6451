-- +goose Up
CREATE TABLE pack (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  data BLOB NOT NULL
);

CREATE TABLE blob (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL UNIQUE,
  pack   INTEGER NOT NULL,
  pos    INTEGER NOT NULL,
  len    INTEGER NOT NULL
);

CREATE TABLE run (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  collected_at    TEXT NOT NULL,
  as_of           TEXT NOT NULL,
  tool_version    TEXT NOT NULL,
  rules_digest    TEXT NOT NULL,
  judge_digest    TEXT NOT NULL,
  settings        INTEGER NOT NULL REFERENCES blob (id),
  selected        INTEGER NOT NULL,
  snapshot_digest TEXT NOT NULL DEFAULT '',
  summary         TEXT NOT NULL DEFAULT '',
  exit_status     INTEGER NOT NULL DEFAULT 0,
  complete        INTEGER NOT NULL DEFAULT 0,
  interrupted     INTEGER NOT NULL DEFAULT 0,
  finished        INTEGER NOT NULL DEFAULT 0,
  pruned          INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE run_tenant (
  run           INTEGER NOT NULL REFERENCES run (id),
  tenant        TEXT NOT NULL,
  position      INTEGER NOT NULL,
  scheduled_at  TEXT NOT NULL,
  listed        INTEGER NOT NULL,
  whole         INTEGER NOT NULL DEFAULT 0,
  previous      INTEGER NOT NULL,
  rules_changed INTEGER NOT NULL,
  body          BLOB NOT NULL,
  PRIMARY KEY (run, tenant),
  UNIQUE (tenant, scheduled_at)
);

CREATE TABLE subject (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant    TEXT NOT NULL,
  export_id TEXT NOT NULL,
  UNIQUE (tenant, export_id)
);

CREATE TABLE config_version (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  subject  INTEGER NOT NULL REFERENCES subject (id),
  from_run INTEGER NOT NULL REFERENCES run (id),
  to_run   INTEGER,
  digest   BLOB NOT NULL,
  pack     INTEGER NOT NULL,
  pos      INTEGER NOT NULL,
  len      INTEGER NOT NULL
);
CREATE UNIQUE INDEX config_version_open ON config_version (subject) WHERE to_run IS NULL;
CREATE INDEX config_version_closed ON config_version (subject, to_run) WHERE to_run IS NOT NULL;
CREATE INDEX config_version_from ON config_version (from_run);
CREATE INDEX config_version_to ON config_version (to_run) WHERE to_run IS NOT NULL;

CREATE TABLE result (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  subject  INTEGER NOT NULL REFERENCES subject (id),
  from_run INTEGER NOT NULL REFERENCES run (id),
  to_run   INTEGER,
  digest   BLOB NOT NULL,
  statuses INTEGER NOT NULL,
  pack     INTEGER NOT NULL,
  pos      INTEGER NOT NULL,
  len      INTEGER NOT NULL
);
CREATE UNIQUE INDEX result_open ON result (subject) WHERE to_run IS NULL;
CREATE INDEX result_closed ON result (subject, to_run) WHERE to_run IS NOT NULL;
CREATE INDEX result_from ON result (from_run);
CREATE INDEX result_to ON result (to_run) WHERE to_run IS NOT NULL;

CREATE TABLE finding (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  subject      INTEGER NOT NULL REFERENCES subject (id),
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
CREATE UNIQUE INDEX finding_open ON finding (subject, fingerprint, status) WHERE resolved_run IS NULL;
CREATE INDEX finding_first ON finding (first_run);
CREATE INDEX finding_resolved ON finding (resolved_run) WHERE resolved_run IS NOT NULL;

CREATE TABLE shard (
  run     INTEGER NOT NULL REFERENCES run (id),
  number  INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  content BLOB NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (run, number)
);

CREATE TABLE drift_event (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  run       INTEGER NOT NULL REFERENCES run (id),
  position  INTEGER NOT NULL,
  tenant    TEXT NOT NULL,
  export_id TEXT NOT NULL,
  kind      TEXT NOT NULL,
  resource  TEXT NOT NULL,
  effect    TEXT NOT NULL,
  body      BLOB NOT NULL,
  UNIQUE (run, position)
);

CREATE TABLE approval (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  digest      TEXT NOT NULL,
  approved_at TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  reason      TEXT NOT NULL
);

CREATE TABLE ledger (
  id       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  subject  INTEGER NOT NULL,
  body     TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash     TEXT NOT NULL
);
