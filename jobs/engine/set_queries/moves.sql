-- How revalidation changed the fate of rows of bronze, and whether quarantine has something else to say of them.
--
-- By another standardisation a row that stays rejected has another hash.
--
-- In: batch, rejections, quarantined (the rows of quarantine that have a line), run (redefined).
-- Out: object_id, line, fate, fate_before, is_news. Grain: a revalidated row.
SELECT
  b.object_id, b.line, b.fate,
  CASE WHEN q.object_id IS NOT NULL THEN 'rejected' WHEN b.origin = 'bronze_copy' THEN 'duplicate' ELSE 'accepted' END AS fate_before,
  NOT (q.errors <=> r.errors) OR (run.redefined AND b.fate = 'rejected') AS is_news
FROM batch AS b
LEFT JOIN rejections AS r ON r.object_id = b.object_id AND r.line = b.line
LEFT JOIN quarantined AS q ON q.object_id = b.object_id AND q.line = b.line
CROSS JOIN run
WHERE b.origin <> 'landed'
