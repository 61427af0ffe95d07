-- The rejected rows of one dataset, each with its codes of errors, whether it has come right since (`settled`), and the code by which it says whose it is.
-- pad: digits of a unit's code, 0 of other codes. code: NULL where nothing of the row was kept, or it names nobody.
INSERT INTO rejected_row
SELECT
  $dataset, $kind, r.object_id, r.line,
  list_distinct([e.code FOR e IN r.errors]),
  s.object_id IS NOT NULL,
  CASE
    WHEN $pad > 0 AND regexp_full_match(trim(r.fields[$field]), '[0-9]+')
      THEN lpad(trim(r.fields[$field]), CAST(greatest($pad, length(trim(r.fields[$field]))) AS INTEGER), '0')
    ELSE nullif(upper(regexp_replace(r.fields[$field], '\s', '', 'g')), '')
  END
FROM rejected AS r
LEFT JOIN settled AS s ON s.object_id = r.object_id AND s.line = r.line
