-- The months that days lie in, by the date column that they are of.
--
-- In: changed_days (date_column, day). Out: date_column, month (its first day).
SELECT DISTINCT date_column, CAST(date_trunc('MONTH', day) AS DATE) AS month
FROM changed_days
WHERE day IS NOT NULL
