-- Of each landed object the folder that it lies in, and when it came; of the same bytes under several names that of the first. Without the name that the sender
-- gave it, which may be a person's.
SELECT object_id, regexp_extract(arg_min(path, (received_at, path)), '^(.*)/[^/]*$', 1) AS folder, min(received_at) AS received_at
FROM ops.load
GROUP BY object_id
