"""Avro: can a reader on one schema resolve what a writer wrote on another?"""
