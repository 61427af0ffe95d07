-- Things of the pilot that have an identifier of the warehouse on the day, by kind; with_source: those that have a code of their source too.
SELECT kind, count(DISTINCT object_key) AS object_count, count(DISTINCT object_key) FILTER (WHERE source_code IS NOT NULL) AS with_source
FROM silver.managed_object SEMI JOIN member USING (unit_code, unit_valid_from)
WHERE NOT withdrawn AND coalesce(exists_from <= $day, true) AND coalesce(exists_to >= $day, true)
GROUP BY kind
ORDER BY kind
