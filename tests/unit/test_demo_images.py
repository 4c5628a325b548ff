from __future__ import annotations

from importlib.resources import files

import pytest
from lxml import etree

from recommender.demo.corpus import load_corpus

FOLDER = files("recommender.demo").joinpath("images")
DRAWN = sorted(file.name.removesuffix(".svg") for file in FOLDER.iterdir() if file.name.endswith(".svg"))
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {SVG + tag for tag in ("svg", "g", "path", "rect", "circle", "ellipse", "defs", "use")}
MAX_BYTES = 6_000


def test_every_picture_the_archive_names_is_drawn() -> None:
    used = {a.image.url.rsplit("/", 1)[1] for a in load_corpus("") if a.image}

    assert len(used) >= 20
    assert used <= {f"{name}.svg" for name in DRAWN}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_small_well_formed_and_made_of_shapes_only(name: str) -> None:
    data = FOLDER.joinpath(f"{name}.svg").read_bytes()

    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))

    assert len(data) <= MAX_BYTES
    assert {element.tag for element in root.iter()} <= SHAPES
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("1200", "675", "0 0 1200 675")
    assert not "".join(root.itertext()).strip()


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_refers_to_nothing_outside_and_runs_nothing(name: str) -> None:
    root = etree.fromstring(FOLDER.joinpath(f"{name}.svg").read_bytes())
    ids = set(root.xpath("//@id"))

    for element in root.iter():
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on")
            assert "url(" not in value
            assert "javascript" not in value
            if attribute.rpartition("}")[2] == "href":
                assert value.removeprefix("#") in ids
