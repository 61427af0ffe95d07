-- One row for each managed object, from the versions that its kind tells of it.
--
-- In: object_version (kind, source_code, version_at, tie, holds, name, unit_code_sent, unit_code, unit_valid_from, province_code, exists_from,
--     exists_to, withdrawn, relation, related_kind, related_code); a version may be told several times, once for each object that had it. Of the
--     versions of an object the one that holds says what it is now. An object of which no version holds is none: all that was said of it was taken back.
-- Out: the columns of silver/managed_object. Grain: an object.
WITH once AS (
  SELECT
    v.*,
    CONCAT(v.kind, CHR(31), v.source_code) AS object,
    CONCAT(v.related_kind, CHR(31), v.related_code) AS related,
    CONCAT_WS(CHR(31), COALESCE(v.name, CHR(30)), COALESCE(v.unit_code_sent, CHR(30))) AS called,
    ROW_NUMBER() OVER (
      PARTITION BY v.kind, v.source_code, v.version_at, v.tie ORDER BY v.name, v.unit_code_sent
    ) AS time_told
  FROM object_version AS v
),
followed AS (
  SELECT
    o.*,
    LAG(o.called) OVER (PARTITION BY o.object ORDER BY o.version_at, o.tie) AS called_before
  FROM once AS o
  WHERE o.time_told = 1
),
history AS (
  SELECT
    f.object,
    TRANSFORM(
      SORT_ARRAY(COLLECT_LIST(NAMED_STRUCT('since', f.version_at, 'tie', f.tie, 'name', f.name, 'unit_code', f.unit_code_sent))),
      one -> NAMED_STRUCT('since', one.since, 'name', one.name, 'unit_code', one.unit_code)
    ) AS history
  FROM followed AS f
  WHERE f.called_before IS NULL OR f.called_before <> f.called
  GROUP BY f.object
)
SELECT
  CONCAT(f.kind, '-', SUBSTRING(SHA2(f.object, 256), 1, 16)) AS object_key,
  f.kind, f.source_code, f.name, f.unit_code, f.unit_valid_from, f.province_code, f.exists_from, f.exists_to, f.withdrawn,
  f.relation,
  CASE WHEN f.related_code IS NOT NULL THEN CONCAT(f.related_kind, '-', SUBSTRING(SHA2(f.related, 256), 1, 16)) END AS related_key,
  h.history
FROM followed AS f
JOIN history AS h ON h.object = f.object
WHERE f.holds
