-- +goose Up
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  run         INTEGER NOT NULL,
  tenant      TEXT NOT NULL,
  destination TEXT NOT NULL,
  attempts    INTEGER NOT NULL,
  due         INTEGER NOT NULL,
  why         TEXT NOT NULL,
  report      BLOB NOT NULL
);
