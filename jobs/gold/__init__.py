"""Standardised to indicators and targets."""
