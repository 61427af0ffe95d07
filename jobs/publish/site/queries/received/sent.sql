-- What organisations have sent, for all provinces: a row for each record of silver that is not withdrawn, with its own day and when its first valid version
-- came. landed_on: the day that the folder of the object states (dt=), never after the day that the warehouse first saw it. seen_on: that day. Of one object
-- under several paths the earliest counts.
CREATE OR REPLACE TEMP TABLE sent AS
WITH object AS (
  SELECT
    object_id,
    min(CAST(received_at AS DATE)) AS seen_on,
    min(TRY_CAST(nullif(regexp_extract(path, '/dt=(\d{4}-\d{2}-\d{2})/', 1), '') AS DATE)) AS stated_on
  FROM ops.load
  GROUP BY object_id
),
record AS (
  SELECT 'eoffice/work_records' AS dataset, organ_id, closed_on AS day, object_id, line FROM silver.work_record WHERE NOT withdrawn
  UNION ALL
  SELECT 'eoffice/documents', organ_id, promulgated_on, object_id, line FROM silver.document WHERE NOT withdrawn
  UNION ALL
  SELECT 'portal/dossiers', organ_id, received_on, object_id, line FROM silver.dossier
  UNION ALL
  SELECT 'registry/paper_work_records', organ_id, declared_on, object_id, line FROM silver.paper_work_record WHERE NOT withdrawn
  UNION ALL
  SELECT 'registry/paper_documents', organ_id, declared_on, object_id, line FROM silver.paper_document WHERE NOT withdrawn
),
version AS (
  SELECT 'eoffice/work_records' AS dataset, object_id, line, record_key FROM bronze.work_record ANTI JOIN quarantine.work_record USING (object_id, line)
  UNION ALL
  SELECT 'eoffice/documents', object_id, line, record_key FROM bronze.document ANTI JOIN quarantine.document USING (object_id, line)
  UNION ALL
  SELECT 'portal/dossiers', object_id, line, record_key FROM bronze.dossier ANTI JOIN quarantine.dossier USING (object_id, line)
  UNION ALL
  SELECT 'registry/paper_work_records', object_id, line, record_key
  FROM bronze.paper_work_record ANTI JOIN quarantine.paper_work_record USING (object_id, line)
  UNION ALL
  SELECT 'registry/paper_documents', object_id, line, record_key FROM bronze.paper_document ANTI JOIN quarantine.paper_document USING (object_id, line)
),
first_version AS (
  SELECT dataset, record_key, min(least(o.seen_on, coalesce(o.stated_on, o.seen_on))) AS landed_on, min(o.seen_on) AS seen_on
  FROM version JOIN object AS o USING (object_id)
  GROUP BY dataset, record_key
)
SELECT r.dataset, r.organ_id, r.day, f.landed_on, f.seen_on
FROM record AS r
JOIN version AS v ON v.dataset = r.dataset AND v.object_id = r.object_id AND v.line = r.line
JOIN first_version AS f ON f.dataset = v.dataset AND f.record_key = v.record_key
WHERE r.organ_id IS NOT NULL
