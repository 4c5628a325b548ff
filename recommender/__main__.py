"""`python -m recommender`: the same as the `recommender` command."""

from __future__ import annotations

from recommender.cli import main

if __name__ == "__main__":
    main()
