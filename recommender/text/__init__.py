"""Clean text and metadata out of bytes, HTML pages and plain-text dumps; language; terms.

Works on plain values and knows no `Article`, no model and no index: `recommender.sources` turns what
comes out of here into articles. Import the module you need (`recommender.text.html` pulls in the page
extractor, the others are light).
"""

from __future__ import annotations
