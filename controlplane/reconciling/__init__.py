"""Reconciliations on an installation: sides are opened, runs made and their breaks raised."""
