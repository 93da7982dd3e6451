-- +goose Up
-- A run of a tenant. It goes on for as long as it has no status; a tenant has one
-- such run at most.
CREATE TABLE fleet_run (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant   TEXT NOT NULL,
  deadline TIMESTAMPTZ,
  began    TIMESTAMPTZ NOT NULL DEFAULT now(),
  listed   TIMESTAMPTZ,
  head     BYTEA,
  ended    TIMESTAMPTZ,
  status   BIGINT,
  problem  TEXT,
  requests BIGINT NOT NULL DEFAULT 0,
  retries  BIGINT NOT NULL DEFAULT 0,
  waited   BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX fleet_run_tenant ON fleet_run (tenant) WHERE ended IS NULL;
CREATE INDEX fleet_run_ended ON fleet_run (ended) WHERE ended IS NOT NULL;

-- A step of a run that goes on. Its attempt fences it: what an earlier attempt
-- brings back counts no more.
CREATE TABLE fleet_step (
  run      BIGINT NOT NULL REFERENCES fleet_run ON DELETE CASCADE,
  number   BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  state    TEXT NOT NULL,
  attempt  BIGINT NOT NULL DEFAULT 0,
  lost     BIGINT NOT NULL DEFAULT 0,
  due      TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
  problem  TEXT,
  worker   TEXT,
  touched  TIMESTAMPTZ,
  input    BYTEA,
  result   BYTEA,
  requests BIGINT NOT NULL DEFAULT 0,
  retries  BIGINT NOT NULL DEFAULT 0,
  waited   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (run, number)
) WITH (fillfactor = 70);
-- Compressed already.
ALTER TABLE fleet_step ALTER COLUMN input SET STORAGE EXTERNAL, ALTER COLUMN result SET STORAGE EXTERNAL;
CREATE INDEX fleet_step_waiting ON fleet_step (run, number) WHERE state = 'waiting';
CREATE INDEX fleet_step_admitted ON fleet_step (run) WHERE state = 'admitted';
CREATE INDEX fleet_step_blocked ON fleet_step (run) WHERE state = 'blocked';

-- A process that takes steps, for as long as it says so.
CREATE TABLE fleet_worker (
  id    TEXT PRIMARY KEY,
  slots BIGINT NOT NULL,
  seen  TIMESTAMPTZ NOT NULL
);

-- The latest report of a tenant, as any process shows it.
CREATE TABLE fleet_report (
  tenant TEXT NOT NULL,
  name   TEXT NOT NULL,
  made   TIMESTAMPTZ NOT NULL,
  body   BYTEA NOT NULL,
  PRIMARY KEY (tenant, name)
);
ALTER TABLE fleet_report ALTER COLUMN body SET STORAGE EXTERNAL;
