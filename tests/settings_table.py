"""The table of settings as docs/settings.md shows it; run this file to write it there anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from recommender.settings import Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
BEGIN: Final = "<!-- settings: begin -->"
END: Final = "<!-- settings: end -->"
_LIMITS: Final = (("ge", "≥ {}"), ("gt", "> {}"), ("le", "≤ {}"))


def settings_table() -> str:
    """Return one row per setting, in the order of the code."""
    prefix = str(Settings.model_config["env_prefix"])
    rows = ["| variable | default | values | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        cells = (f"`{prefix}{name.upper()}`", _default(field.default), _values(field), str(field.description))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def table_in(page: str) -> str:
    """Return what stands between the markers of the page."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{settings_table()}\n{END}{after}", encoding="utf-8")


def _default(value: Any) -> str:
    if value is None:
        return "unset"
    if value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _values(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    if field.annotation is bool:
        return "`true`, `false`"
    limits = [
        text.format(getattr(limit, key))
        for key, text in _LIMITS
        for limit in field.metadata
        if hasattr(limit, key)
    ]
    return ", ".join(limits) or "text"


if __name__ == "__main__":
    main()
