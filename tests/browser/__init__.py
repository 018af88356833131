"""A package of its own, so that the one Chromium and its servers end with the last of its tests."""
