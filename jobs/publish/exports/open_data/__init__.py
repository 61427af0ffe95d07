"""The open-data folder of a release: tables, their descriptions for machines and people, and what small figures must not tell."""
