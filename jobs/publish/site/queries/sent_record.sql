-- What organisations have sent: a row for each record of silver that is not withdrawn, with its own day; NULL where it has none yet (work that is not closed).
CREATE OR REPLACE TEMP VIEW sent_record AS
SELECT 'eoffice/work_records' AS dataset, organ_id, closed_on AS day, object_id, line FROM silver.work_record WHERE NOT withdrawn
UNION ALL
SELECT 'eoffice/documents', organ_id, promulgated_on, object_id, line FROM silver.document WHERE NOT withdrawn
UNION ALL
SELECT 'portal/dossiers', organ_id, received_on, object_id, line FROM silver.dossier
UNION ALL
SELECT 'registry/paper_work_records', organ_id, declared_on, object_id, line FROM silver.paper_work_record WHERE NOT withdrawn
UNION ALL
SELECT 'registry/paper_documents', organ_id, declared_on, object_id, line FROM silver.paper_document WHERE NOT withdrawn
