"""What a step did, told to a lineage tool as OpenLineage events (`NTM_LINEAGE`)."""
