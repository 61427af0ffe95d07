-- The records of `sent_record`, for all provinces, each with its own day and when the first valid version came that says this day: an e-office sends a record
-- when it is opened, and again when it is closed. landed_on: the day that the folder of the object states (dt=), never after the day that the warehouse first
-- saw it. seen_on: that day. Of one object under several paths the earliest counts.
CREATE OR REPLACE TEMP TABLE sent AS
WITH object AS (
  SELECT
    object_id,
    min(CAST(received_at AS DATE)) AS seen_on,
    min(TRY_CAST(nullif(regexp_extract(path, '/dt=(\d{4}-\d{2}-\d{2})/', 1), '') AS DATE)) AS stated_on
  FROM ops.load
  GROUP BY object_id
),
version AS (
  -- says: the day that the version gives the record; of what has its day in its key, or never another one, nothing has to be said.
  SELECT 'eoffice/work_records' AS dataset, object_id, line, record_key, CAST(TRY_CAST(ClosedAt AS TIMESTAMPTZ) AS DATE) AS says, true AS may_differ
  FROM bronze.work_record ANTI JOIN quarantine.work_record USING (object_id, line)
  UNION ALL
  SELECT 'eoffice/documents', object_id, line, record_key, NULL, false FROM bronze.document ANTI JOIN quarantine.document USING (object_id, line)
  UNION ALL
  SELECT 'portal/dossiers', object_id, line, record_key, CAST(try_strptime(NgayTiepNhan, '%Y%m%d%H%M%S') AS DATE), true
  FROM bronze.dossier ANTI JOIN quarantine.dossier USING (object_id, line)
  UNION ALL
  SELECT 'registry/paper_work_records', object_id, line, record_key, NULL, false
  FROM bronze.paper_work_record ANTI JOIN quarantine.paper_work_record USING (object_id, line)
  UNION ALL
  SELECT 'registry/paper_documents', object_id, line, record_key, NULL, false
  FROM bronze.paper_document ANTI JOIN quarantine.paper_document USING (object_id, line)
)
SELECT
  r.dataset, r.organ_id, r.day,
  min(least(o.seen_on, coalesce(o.stated_on, o.seen_on))) AS landed_on,
  min(o.seen_on) AS seen_on
FROM sent_record AS r
JOIN version AS own ON own.dataset = r.dataset AND own.object_id = r.object_id AND own.line = r.line
JOIN version AS v
  ON v.dataset = own.dataset AND v.record_key = own.record_key
  -- The newest version says it in any case, however it is written.
  AND (NOT v.may_differ OR v.says = r.day OR (v.object_id = own.object_id AND v.line = own.line))
JOIN object AS o ON o.object_id = v.object_id
WHERE r.organ_id IS NOT NULL
GROUP BY r.dataset, r.organ_id, r.day, own.record_key
