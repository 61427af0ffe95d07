-- By kind of value and the form that it came in: how many values, and how many of them standardisation changed.
SELECT kind, form, count(*) AS value_count, count(*) FILTER (WHERE is_changed) AS changed_count
FROM own_value
WHERE kind NOT IN ('text', 'number') OR is_changed
GROUP BY kind, form
UNION ALL
SELECT kind, 'same', count(*), 0 FROM own_value WHERE kind IN ('text', 'number') AND NOT is_changed GROUP BY kind
ORDER BY kind, form
