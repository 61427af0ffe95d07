"""What the pipeline costs: against minimal jobs of the same work, on the same files, in the same run (`make bench`)."""
