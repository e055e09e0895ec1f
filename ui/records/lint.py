"""Lint policies in force: what is asked of contracts."""

import msgspec

from ui.records.money import Page


class LintPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`rules` are asked, `errors` of them as errors; an empty scope leaves no contract out."""

    policy: str = ""
    version: str = ""
    title: str = ""
    blocks: str = ""
    rules: int = 0
    errors: int = 0
    domains: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


class LintPolicies(Page, frozen=True, kw_only=True):
    items: tuple[LintPolicy, ...] = ()
