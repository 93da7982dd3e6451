-- +goose Up
-- What AWS counts requests by, with when the next of them may be sent.
--
-- The table is not logged, which spares every few requests a write to disk. After a
-- crash of the server, and on a standby that takes over, it is empty: that costs
-- nothing but a moment's history, since processes make the rows that they need,
-- with the rate that is configured.
CREATE UNLOGGED TABLE fleet_budget (
  account TEXT NOT NULL,
  service TEXT NOT NULL,
  region  TEXT NOT NULL,
  class   TEXT NOT NULL,
  next    TIMESTAMPTZ NOT NULL, -- all before it is reserved
  rate    DOUBLE PRECISION NOT NULL, -- requests a second when it was last halved
  halved  TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (account, service, region, class)
) WITH (fillfactor = 50);
