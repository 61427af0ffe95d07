-- The groups of bronze's rows (all versions of a key) of which a row's verdict may have changed.
--
-- In: bronze_names (version_group, kind, value: what a row names by which it can change), changed (kind, value). Out: version_group.
SELECT DISTINCT n.version_group
FROM bronze_names AS n
LEFT SEMI JOIN changed AS c ON c.kind = n.kind AND c.value = n.value
