-- By rule how many of the pilot's rows break it. A row counts once under each rule that it breaks.
SELECT rule, any_value(code) AS code, any_value(field) AS field, count(*) AS row_count
FROM (SELECT DISTINCT object_id, line, e.rule AS rule, e.code AS code, e.field AS field FROM own CROSS JOIN unnest(own.errors) AS t(e))
GROUP BY rule
ORDER BY rule
