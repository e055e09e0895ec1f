"""Slips by the part of the work that they happen in."""
