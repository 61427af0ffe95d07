-- Rejected rows of all senders of a dataset of which nobody can say whose they are: nothing of them was kept, or their code is known to no register.
SELECT count(*) AS row_count
FROM rejected
WHERE line IS NOT NULL
  AND (
    fields IS NULL
    OR list_has_any([e.code FOR e IN errors], ['unknown_organisation', 'unknown_unit', 'ambiguous_unit', 'unknown_reference'])
  )
  AND NOT EXISTS (FROM own WHERE own.object_id = rejected.object_id AND own.line = rejected.line)
