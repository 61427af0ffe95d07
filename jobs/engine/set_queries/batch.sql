-- Every line of the batch with its fate (withheld, rejected, duplicate, accepted), and whether it is the newest valid version of its key.
--
-- `repeats` says of any row, rejected or not, that an equal one was there before.
--
-- In: judged, ordered. Out: the columns of judged; newest, repeats, fate (NULL for the row that ends an object).
SELECT
  j.*,
  j.valid AND coalesce(o.newest, true) AS newest,
  coalesce(o.repeats, false) AS repeats,
  CASE
    WHEN j.outcome = 'withheld' THEN 'withheld'
    WHEN j.outcome = 'object' THEN NULL
    WHEN NOT j.valid THEN 'rejected'
    WHEN coalesce(o.repeats, false) THEN 'duplicate'
    ELSE 'accepted'
  END AS fate
FROM judged AS j
LEFT JOIN ordered AS o ON j.object_id = o.object_id AND j.line = o.line
