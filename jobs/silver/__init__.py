"""As received to standardised, judged and newest."""
