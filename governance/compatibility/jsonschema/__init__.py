"""JSON Schema, draft-07 to 2020-12: does the newer version accept what the older one allowed?"""
