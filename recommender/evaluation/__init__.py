"""How good related lists are, measured against human judgements.

Pure functions over ids and numbers: what retrieves and what scores is handed in.
"""
