"""Everything an operator can set; built once, in `cli` or `create_app`, and read nowhere below."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.ranking import RankingOptions


class Settings(BaseSettings):
    """Settings from the environment (`RECOMMENDER_…`) or from arguments. Frozen."""

    model_config = SettingsConfigDict(env_prefix="RECOMMENDER_", frozen=True, extra="forbid")

    data_dir: Path = Field(
        default=Path("var"), description="Folder of the catalog, the snapshots and the model cache."
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the catalog; empty: `catalog.db` in the data folder."
    )
    model: str = Field(
        default="bundled",
        description="Encoder: `bundled`, `hashing` (for tests), or a sentence-transformers hub id or path.",
    )
    model_revision: str = Field(default="", description="Revision of a hub model; empty: its default.")
    model_cache: Path | None = Field(
        default=None, description="Folder of the unpacked model; unset: `models` in the data folder."
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto", description="Number format of the encoder; `auto` measures once and remembers."
    )
    device: str = Field(default="auto", description="Encoder's device: `auto`, `cpu`, `cuda`, `mps`.")
    default_language: str = Field(
        default="de", description="Language of an article that states none and is too short to tell."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that answer requests.")
    open_read: Literal["auto", "yes", "no"] = Field(
        default="auto", description="Reads without a key: `auto` allows them on a loopback address only."
    )
    allow_no_keys: bool = Field(
        default=False, description="Listen on a public address although no API key exists."
    )
    limit: int = Field(default=5, ge=1, le=50, description="Related articles when a call states no limit.")
    min_relevance: float = Field(
        default=0.25, ge=0, le=1, description="Below this relevance an article is not called related."
    )
    half_life_days: float = Field(default=120.0, gt=0, description="Age at which recency counts half.")
    recency_weight: float = Field(
        default=0.15, ge=0, le=1, description="Share of the score that age can take away."
    )
    relevance_weight: float = Field(
        default=0.85, ge=0, le=1, description="MMR: 1 is relevance only, lower is more diverse."
    )
    cross_language: bool = Field(
        default=False, description="Offer articles in other languages when a call states no languages."
    )
    cache_max_age_s: int = Field(
        default=60, ge=0, description="Cache-Control max-age of related lists, in seconds."
    )
    max_body_mb: int = Field(default=16, ge=1, le=1_024, description="Largest request body, in MiB.")
    wait_timeout_s: float = Field(
        default=20.0, gt=0, description="Longest time `?wait=searchable` holds an answer, in seconds."
    )
    poll_interval_s: float = Field(
        default=0.1, gt=0, le=10, description="How often a process looks for changes, in seconds."
    )
    auto_rebuild: bool = Field(
        default=True,
        description="A service rebuilds by itself when much has changed since its snapshot.",
    )
    keep_snapshots: int = Field(
        default=3,
        ge=2,
        description="Snapshots kept on disk, the live one and the one to go back to included.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log event that is written."
    )
    log_format: Literal["plain", "json"] = Field(default="plain", description="Shape of a log line.")

    @property
    def catalog_url(self) -> str:
        """SQLAlchemy URL of the catalog."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'catalog.db'}"

    @property
    def snapshot_dir(self) -> Path:
        """Folder of the snapshots."""
        return self.data_dir / "snapshots"

    @property
    def model_cache_dir(self) -> Path:
        """Folder of the unpacked model."""
        return self.model_cache or self.data_dir / "models"

    @property
    def encoder_socket(self) -> Path:
        """Unix socket on which the indexing process encodes for the others."""
        return self.data_dir / "encoder.sock"

    @property
    def reads_are_open(self) -> bool:
        """Whether reads need no key."""
        return self.open_read == "yes" or (self.open_read == "auto" and is_loopback(self.host))

    @property
    def ranking(self) -> RankingOptions:
        """The options of the ranking core."""
        return RankingOptions(
            min_relevance=self.min_relevance,
            recency_weight=self.recency_weight,
            half_life_days=self.half_life_days,
            relevance_weight=self.relevance_weight,
        )


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this machine only; of names, `localhost` alone can."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
