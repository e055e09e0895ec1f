"""Packs: shipped or own bundles of contracts, process models, promises, rules and routes."""
