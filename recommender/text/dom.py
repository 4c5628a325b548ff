"""Changes to a parsed page before its text is taken: the fact box read and cut, chrome removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from recommender.text.boilerplate import is_link_list_heading
from recommender.text.charset import repair_text
from recommender.text.factbox import NO_FACTS, FactBox, is_label, may_hold_box, read_fact_box
from recommender.text.normalise import one_line
from recommender.text.visible import element_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "head"})
_BOXES: Final = frozenset({"aside", "section", "div", "nav", "ul", "footer"})
# A box of links has little text of its own; an article that holds such a heading has much.
_MAX_SENTENCE_CHARS: Final = 120
_MAX_UNLINKED_CHARS: Final = 300
_MAX_HEADING_CHARS: Final = 200
_LINKED_SHARE: Final = 0.9
_MIN_HEADLINE_CHARS: Final = 25


class _Piece(NamedTuple):
    """One text node: the element it hangs on, whether it stands after that element, and its text."""

    element: HtmlElement
    is_tail: bool
    text: str

    @property
    def holder(self) -> HtmlElement:
        """The element inside which the text stands."""
        return self.element.getparent() if self.is_tail else self.element


def cut_fact_box(tree: HtmlElement) -> FactBox:
    """Return the page's fact box and blank its text nodes, whatever markup it is made of.

    Works on definition lists, tables, lists, headings with paragraphs and plain text with line breaks,
    because it reads text nodes in document order. The last value ends at a heading or where the
    element ends that holds all labels.
    """
    if not may_hold_box(" ".join(tree.itertext())):
        return NO_FACTS
    pieces = list(_pieces(tree))
    facts, taken = read_fact_box([piece.text for piece in pieces], stops=_stops(pieces))
    for position in taken:
        piece = pieces[position]
        if piece.is_tail:
            piece.element.tail = None
        else:
            piece.element.text = None
    return facts


def prune_chrome(tree: HtmlElement) -> None:
    """Remove boxes that open with a heading such as `Ähnliche Artikel` and hold links, not running text."""
    leaves = [element for element in tree.iter(*_HEADINGS, "strong", "p", "span", "div") if not len(element)]
    for leaf in leaves:
        if not leaf.text or len(leaf.text) > _MAX_HEADING_CHARS:
            continue
        heading = one_line(leaf.text)
        if is_link_list_heading(heading):
            box = _outermost_box(leaf, heading)
            if box is not None and box.getparent() is not None:
                box.drop_tree()


def link_list_items(tree: HtmlElement) -> frozenset[str]:
    """Return the texts of items in lists where every item is one link as long as a headline.

    Nothing is removed here: taking lists out of a page changes what the main-text search chooses.
    """
    items: set[str] = set()
    for element in tree.iter("ul", "ol"):
        lengths = [_length(item) for item in element.iterchildren("li")]
        links = [_length(a) for a in element.iter("a") if not (a.get("href") or "#").startswith("#")]
        if len(lengths) > 1 and len(links) >= len(lengths):
            length = sum(lengths)
            if sum(links) >= _LINKED_SHARE * length and length >= _MIN_HEADLINE_CHARS * len(lengths):
                items.update(map(element_text, element.iterchildren("li")))
    return frozenset(items)


def _length(element: HtmlElement) -> int:
    return len(" ".join("".join(element.itertext()).split()))


def _outermost_box(leaf: HtmlElement, heading: str) -> HtmlElement | None:
    found = None
    for box in leaf.iterancestors():
        if (
            box.tag in {"article", "main", "body"}
            or not element_text(box).startswith(heading)
            or _has_prose(box)
        ):
            break
        if box.tag in _BOXES:
            found = box
    return found


def _has_prose(box: HtmlElement) -> bool:
    unlinked = 0
    for piece in _pieces(box):
        if not any(element.tag == "a" for element in _boxes(piece.holder)):
            unlinked += len(piece.text)
            if len(piece.text) > _MAX_SENTENCE_CHARS or unlinked > _MAX_UNLINKED_CHARS:
                return True
    return False


def _pieces(tree: HtmlElement) -> Iterator[_Piece]:
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        is_tail = event != "start"
        if not is_tail and element.tag in _SILENT:
            continue
        text = element.tail if is_tail else element.text
        if text and text.strip() and not (is_tail and element is tree):
            yield _Piece(element, is_tail, one_line(repair_text(text)))


def _stops(pieces: Sequence[_Piece]) -> set[int]:
    """Headings, and the first text outside the element that holds all labels."""
    stops = {i for i, piece in enumerate(pieces) if piece.holder.tag in _HEADINGS}
    labels = [i for i, piece in enumerate(pieces) if is_label(piece.text)]
    if len(labels) > 1:
        common = set.intersection(*(set(_boxes(pieces[i].holder)) for i in labels))
        for i in range(labels[-1] + 1, len(pieces)):
            if not common <= set(_boxes(pieces[i].holder)):
                stops.add(i)
                break
    return stops - set(labels)


def _boxes(element: HtmlElement) -> Iterator[HtmlElement]:
    yield element
    yield from element.iterancestors()
