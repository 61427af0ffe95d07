-- Each value of the pilot's newest valid records, as received and as standardised, with its kind and the form that it came in.
--
-- field: source (as sent), name (as standardised), kind. Text and numbers say only whether they were changed.
CREATE OR REPLACE TEMP TABLE own_value AS
WITH pair AS (
  SELECT
    o.object_id, o.line, o.record_version, f.source, f.kind,
    json_extract_string(o.received, '$.' || f.source) AS received,
    json_extract_string(o.standard, '$.' || f.name) AS standard
  FROM own AS o
  CROSS JOIN field AS f
  WHERE o.fate <> 'rejected' AND o.standard IS NOT NULL
), spelt AS (
  SELECT * REPLACE (
    CASE kind
      WHEN 'moment' THEN strftime(CAST(standard AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S+07:00')
      WHEN 'month' THEN strftime(CAST(standard AS DATE), '%Y-%m')
      ELSE standard
    END AS standard
  )
  FROM pair
  WHERE trim(received) <> '' AND standard IS NOT NULL
)
SELECT
  *,
  CASE WHEN kind = 'number' THEN try_cast(received AS DOUBLE) IS DISTINCT FROM CAST(standard AS DOUBLE) ELSE received <> standard END AS is_changed,
  CASE
    WHEN kind = 'moment' THEN CASE
      WHEN regexp_full_match(received, '[0-9]{14}') THEN 'compact'
      WHEN regexp_full_match(received, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+[+]07:00') THEN 'iso'
      WHEN regexp_full_match(received, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+') THEN 'iso_without_zone'
      WHEN regexp_full_match(received, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+-][0-9:]+)') THEN 'iso_other_zone'
      WHEN regexp_full_match(trim(received), '.*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}.*') THEN 'written'
      WHEN regexp_full_match(trim(received), '[0-9]{5}([.][0-9]+)?') THEN 'serial'
      ELSE 'other'
    END
    WHEN kind IN ('day', 'month') THEN CASE
      WHEN received = standard THEN 'iso'
      WHEN regexp_full_match(trim(received), '([Tt][a-zá ]*)?([0-9]{1,2}[/.-])?[0-9]{1,2}[/.-][0-9]{4}.*') THEN 'written'
      WHEN regexp_full_match(trim(received), '[0-9]{8}') THEN 'compact'
      WHEN regexp_full_match(trim(received), '[0-9]{5}([.]0+)?') THEN 'serial'
      WHEN regexp_full_match(trim(received), '[0-9]{4}-[0-9]{2}-[0-9]{2}.+') THEN 'with_midnight'
      ELSE 'other'
    END
    WHEN received = standard THEN 'same'
    WHEN kind = 'organisation' THEN CASE WHEN upper(regexp_replace(received, '\s', '', 'g')) = standard THEN 'spelling' ELSE 'earlier_code' END
    WHEN kind = 'unit' THEN CASE
      WHEN regexp_full_match(trim(received), '[0-9]+') AND ends_with(standard, trim(received)) THEN 'zeros'
      WHEN regexp_matches(trim(received), '^[0-9]') THEN 'moved'
      ELSE 'name'
    END
    WHEN kind = 'number' THEN 'number'
    WHEN kind = 'text' THEN CASE WHEN trim(regexp_replace(received, '\s+', ' ', 'g')) = standard THEN 'spaces' ELSE 'letters' END
    ELSE 'word'
  END AS form
FROM spelt
