-- Since when there are records of a province's organisations, by dataset: a period that begins before that day is not whole.
SELECT dataset, min(day) AS first_day
FROM (
  SELECT 'eoffice/work_records' AS dataset, closed_on AS day FROM silver.work_record WHERE NOT withdrawn AND province_code = $province
  UNION ALL
  SELECT 'eoffice/documents', promulgated_on FROM silver.document WHERE NOT withdrawn AND province_code = $province
  UNION ALL
  SELECT 'portal/dossiers', received_on FROM silver.dossier WHERE province_code = $province
)
WHERE day IS NOT NULL
GROUP BY dataset
ORDER BY dataset
