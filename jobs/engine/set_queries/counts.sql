-- What became of the lines of landed objects.
--
-- In: batch. Out: object_id, outcome, fate, reasons, organisation, day, drift, not_of_kind, count; one row for each combination.
SELECT object_id, outcome, fate, reasons, organisation, day, drift, not_of_kind, count(*) AS count
FROM batch
WHERE origin = 'landed'
GROUP BY object_id, outcome, fate, reasons, organisation, day, drift, not_of_kind
