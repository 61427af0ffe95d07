"""Landing storage behind one small interface: a directory now, S3 through boto3 (see `S3Storage`)."""
