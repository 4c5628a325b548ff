"""Settings as environment variables, for the processes we start ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender.settings import Settings


# Where several workers of one service add up their metrics; read by the metrics library itself.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables from which a child process builds the same settings."""
    prefix = str(settings.model_config["env_prefix"])
    values = settings.model_dump(mode="json", exclude_none=True)
    return {f"{prefix}{name.upper()}": _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
