"""Objectives: what was promised, of what, by when, counted on which calendar."""

from observability.objective.document import (
    PER_CASE,
    Objective,
    Target,
    clock_money,
)
from observability.objective.reading import read_objective

__all__ = ["PER_CASE", "Objective", "Target", "clock_money", "read_objective"]
