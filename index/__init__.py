"""Nearest-neighbour and term search over article vectors, kept in snapshots on disk.

Knows vectors, ids, columns and files. Knows no text, no model, no HTTP, no SQL: see `recommender`.
"""
