"""Debian's Chromium, for tests that look at what a person sees."""

from __future__ import annotations

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium")

needs_browser = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not on this machine: make setup-browser"
)
"""Skips where Chromium is missing; in continuous integration it must be there, and the test fails."""
