-- The shop's source tables. PostgreSQL's single-user mode reads this file at the first start: each statement ends
-- with a semicolon and an empty line.

CREATE TABLE orders (
  orderid   serial PRIMARY KEY,
  ordertime timestamp NOT NULL,
  branch    varchar(50),
  txid      xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE TABLE ordershistory (
  historyid serial PRIMARY KEY,
  orderid   integer REFERENCES orders,
  status    varchar(10),
  updatedat timestamp NOT NULL,
  txid      xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- The ingestion reads ranges of transaction ids; a default alone would not move on UPDATE.
CREATE FUNCTION stamp_txid() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.txid := pg_current_xact_id(); RETURN NEW; END';

CREATE TRIGGER orders_txid BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp_txid();

CREATE TRIGGER ordershistory_txid BEFORE INSERT OR UPDATE ON ordershistory FOR EACH ROW EXECUTE FUNCTION stamp_txid();

CREATE INDEX orders_txid ON orders (txid);

CREATE INDEX ordershistory_txid ON ordershistory (txid);

GRANT SELECT, INSERT, UPDATE ON orders, ordershistory TO retail_app;

GRANT USAGE ON SEQUENCE orders_orderid_seq, ordershistory_historyid_seq TO retail_app;

GRANT SELECT ON orders, ordershistory TO retail_spark;

