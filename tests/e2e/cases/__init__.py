"""The cases: one file for each part of what is promised."""
