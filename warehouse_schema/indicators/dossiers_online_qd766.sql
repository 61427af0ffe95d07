-- Share of public-service dossiers received online as QĐ 766/QĐ-TTg scores it (metric 3.3 of the national portal), beside our own
-- dossiers_received_online. Only figures of this formula compare with the portal's.
--
--   numerator    dossiers received on the day through the channel "online"
--   denominator  all dossiers received on the day: in person, online and by post
--
-- Left out of the formula, since the records do not hold it: the electronic result that a procedure with a paper result has to have, the share of
-- dossiers that were synchronised, by which the portal multiplies, and dossiers with an empty channel, which the portal counts as in person and
-- the contract rejects. So this figure is at least as great as the portal's.
--
-- A dossier that is only registered (state 1) or was not received (state 3) is not received; one that the citizen withdrew was, unless the
-- setting counts_withdrawn says otherwise.
SELECT /*+ BROADCAST(p) */
  d.unit_code, d.unit_valid_from, d.unit_level, d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
  d.level,
  d.received_on AS day,
  '' AS breakdown,
  COUNT(CASE WHEN d.channel = 'online' THEN 1 END) AS numerator,
  COUNT(*) AS denominator
FROM silver.dossier AS d
CROSS JOIN parameters AS p
WHERE
  d.received_on IS NOT NULL
  AND d.state NOT IN ('registered', 'not_received')
  AND (d.state <> 'withdrawn' OR p.counts_withdrawn)
GROUP BY
  d.unit_code, d.unit_valid_from, d.unit_level, d.district_code, d.district_valid_from, d.province_code, d.province_valid_from,
  d.level,
  d.received_on
