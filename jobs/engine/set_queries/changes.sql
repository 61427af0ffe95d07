-- What a merge has to do: rows to insert or replace, and rows to delete since every version of their key was taken away.
--
-- The greater of (version, withdrawn, row_hash) wins, and of equal rows the one of the smaller object: with `order.sql` the same total order. Where the winner
-- of a key is chosen again, what is in the table counts no more: only whether what would be written differs.
--
-- In: winners and existing (record_key, record_version, record_withdrawn, row_hash, object_id, line, content), existing also days; rechosen (record_key).
-- Out: change (upsert, delete), object_id and line of the row that is written or deleted, days_before (of the existing row). Grain: a key.
SELECT 'upsert' AS change, w.object_id, w.line, e.days AS days_before
FROM winners AS w
LEFT JOIN existing AS e ON e.record_key = w.record_key
LEFT JOIN rechosen AS c ON c.record_key = w.record_key
WHERE
  e.record_key IS NULL
  OR CASE
    WHEN c.record_key IS NOT NULL THEN NOT (w.content <=> e.content)
    ELSE
      w.record_version > e.record_version
      OR (w.record_version = e.record_version AND (
        w.record_withdrawn > e.record_withdrawn
        OR (w.record_withdrawn = e.record_withdrawn AND (
          w.row_hash > e.row_hash
          OR (w.row_hash = e.row_hash AND (
            w.object_id < e.object_id OR (w.object_id = e.object_id AND w.line < e.line)
          ))
        ))
      ))
  END
UNION ALL
SELECT 'delete' AS change, e.object_id, e.line, e.days AS days_before
FROM existing AS e
LEFT SEMI JOIN rechosen AS c ON c.record_key = e.record_key
LEFT ANTI JOIN winners AS w ON w.record_key = e.record_key
