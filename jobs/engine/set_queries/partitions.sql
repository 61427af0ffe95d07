-- The partitions of the table that hold a row whose key the batch has, or of which the winner is chosen again; without one the batch only adds rows.
--
-- Found by the keys alone, so that other columns are read, and files merged, only there. A table without partitions counts as one, NULL.
--
-- In: existing_keys (record_key, part), winners, rechosen. Out: part.
SELECT DISTINCT e.part
FROM existing_keys AS e
LEFT SEMI JOIN (SELECT record_key FROM winners UNION ALL SELECT record_key FROM rechosen) AS k ON k.record_key = e.record_key
