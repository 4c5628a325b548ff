"""What readers see: cards, the »Ähnliche Artikel« section as HTML, its stylesheet.

Knows articles and words on a page. Knows no HTTP, no catalog, no index.
"""

from __future__ import annotations
