-- One changed value of each kind and form: the oldest version, then the smallest object and line, then the field. Of kinds whose values are codes, days and
-- states alone, and only where the text as received is of a closed form itself: what was read as a day can hold nothing but a day.
SELECT kind, form, source, received, standard
FROM own_value
WHERE is_changed
  AND (
    (kind IN ('moment', 'day', 'month') AND regexp_full_match(received, '[0-9TZtz:/.,+ -]{4,35}'))
    OR kind IN ('organisation', 'state', 'yes_or_no')
    OR (kind = 'unit' AND regexp_full_match(trim(received), '[0-9]{2,5}'))
  )
QUALIFY row_number() OVER (PARTITION BY kind, form ORDER BY record_version, object_id, line, source) = 1
ORDER BY kind, form
