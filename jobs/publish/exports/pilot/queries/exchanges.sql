-- Documents of the pilot's time by direction and level of the counterpart. sent: its own, by the level of the sender, with the number of places that they
-- went to; who these are the tables do not keep. answers, answered: a document that names the one that it answers tells the sender of that one.
WITH level_of AS (
  SELECT upper(organ_code) AS organ_code, max_by(level, from_day) AS level, max_by(organ_id, from_day) AS organ_id
  FROM silver.organisation_period WHERE organ_id IS NOT NULL GROUP BY upper(organ_code)
), document AS (
  SELECT d.*, m.unit_code IS NOT NULL AS is_own
  FROM silver.document AS d
  LEFT JOIN member AS m USING (unit_code, unit_valid_from)
  WHERE NOT d.withdrawn AND d.status_code IS NULL AND d.promulgated_on BETWEEN $start AND $day
), answer AS (
  SELECT organ_id, document_key, is_own, upper(trim(split_part(answered, ',', 1))) AS code
  FROM (SELECT *, unnest(string_split(response_for, ';')) AS answered FROM document WHERE response_for IS NOT NULL)
)
SELECT 'sent' AS direction, level, count(*) AS document_count, sum(recipients) AS recipient_count FROM document WHERE is_own GROUP BY level
UNION ALL
SELECT 'answers', coalesce(l.level, 'unknown'), count(DISTINCT (a.organ_id, a.document_key)), NULL
FROM answer AS a LEFT JOIN level_of AS l ON l.organ_code = a.code
WHERE a.is_own
GROUP BY coalesce(l.level, 'unknown')
UNION ALL
SELECT 'answered', l.level, count(DISTINCT (a.organ_id, a.document_key)), NULL
FROM answer AS a JOIN level_of AS l ON l.organ_id = a.organ_id
WHERE NOT a.is_own AND a.code IN (SELECT code FROM own_code WHERE kind = 'organisation')
GROUP BY l.level
ORDER BY direction, level
