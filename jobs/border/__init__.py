"""The border: where personal data becomes tokens and state secrets are withheld."""
