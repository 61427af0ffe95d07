"""Bookkeeping: ledger, releases, checkpoints, tombstones, quarantine, touched pairs."""
