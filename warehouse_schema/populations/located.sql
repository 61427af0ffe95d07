-- Where what is located in a unit counts (villages, cooperatives, linkage models, chains, officials, models of communes), on each
-- day of "as_of_days": in the unit of the day where the succession is whole, else in the province alone.
--
-- One row for each unit that there ever was (in_unit_code, in_unit_valid_from: as the record names it) and day; unit_code and what
-- follows is the place of the day. A unit has no row on days when not even its province can be told.
--
-- Properties of a unit (assessments, status, services, surveys, selection as a pilot district) do not move: they are joined by
-- the identity of the unit, without this relation.
WITH moved AS (
  SELECT
    d.day,
    l.unit_code AS in_unit_code, l.unit_valid_from AS in_unit_valid_from,
    l.at_unit_code AS unit_code, l.at_unit_valid_from AS unit_valid_from, l.at_unit_level AS unit_level,
    l.district_code, l.district_valid_from, l.province_code, l.province_valid_from
  FROM silver.unit_lineage AS l
  JOIN as_of_days AS d ON l.from_day <= d.day AND (l.to_day IS NULL OR d.day <= l.to_day)
)
SELECT
  m.day, m.in_unit_code, m.in_unit_valid_from,
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from
FROM moved AS m
UNION ALL
-- The lineage of a district ends with the district level, on 30 June 2025. What was located in one stays in the province.
SELECT
  p.day, u.unit_code AS in_unit_code, u.unit_valid_from AS in_unit_valid_from,
  p.unit_code, p.unit_valid_from, p.unit_level, p.district_code, p.district_valid_from, p.province_code, p.province_valid_from
FROM silver.administrative_unit AS u
JOIN moved AS p ON p.in_unit_code = u.province_code AND p.in_unit_valid_from = u.province_valid_from AND u.unit_valid_to < p.day
LEFT JOIN moved AS m ON m.in_unit_code = u.unit_code AND m.in_unit_valid_from = u.unit_valid_from AND m.day = p.day
WHERE u.level = 'district' AND u.version_to = u.unit_valid_to AND m.in_unit_code IS NULL
