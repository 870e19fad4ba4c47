-- Deliveries per branch, from the shop's own tables, by the rules of silver said anew:
-- of each status the first row of an order counts, and a delivery needs a NEW, not after itself, and a branch.
WITH ranked AS (
  SELECT h.orderid, h.status, h.updatedat,
         row_number() OVER (PARTITION BY h.orderid, h.status ORDER BY h.txid, h.historyid) AS place
  FROM ordershistory h
  WHERE h.status IN ('NEW', 'DELIVERED')
)
SELECT o.branch,
       count(*) AS deliveries
FROM ranked d
JOIN ranked n ON n.orderid = d.orderid AND n.status = 'NEW' AND n.place = 1
JOIN orders o ON o.orderid = d.orderid
WHERE d.status = 'DELIVERED' AND d.place = 1
  AND o.branch IS NOT NULL
  AND d.updatedat >= n.updatedat
  AND d.updatedat >= o.ordertime
GROUP BY o.branch
ORDER BY deliveries DESC, o.branch
