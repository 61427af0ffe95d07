-- Since when something of a province's organisations has been coming in; NULL: nothing has. A record is the province's where its organisation was in it on the
-- record's own day; of one without a day (work that is not closed) on the day that it came. An organisation may have been in another province before.
SELECT min(s.landed_on) AS since
FROM sent AS s
SEMI JOIN silver.organisation_period AS p
  ON p.organ_id = s.organ_id AND p.province_code = $province
  AND coalesce(s.day, s.landed_on) BETWEEN p.from_day AND coalesce(p.to_day, DATE '9999-12-31')
