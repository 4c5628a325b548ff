"""Where articles come from: each source yields `Article` one by one and keeps an honest account.

`open_source` picks the right one for a path; all of them share the contract in `base`.
"""

from __future__ import annotations

from recommender.sources.base import Account, Skip, Source
from recommender.sources.opening import open_source

__all__ = ["Account", "Skip", "Source", "open_source"]
