"""How one service is set up: its home, engines, limits and key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from data_catalog.home import Home

__all__ = ["EngineSpec", "ServiceConfig", "SoundfontSpec", "default_engines"]

COMPOSER_FACTORY = "serving.engines.composer:ComposerEngine"

EngineName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class EngineSpec(BaseModel):
    """How the process of one engine builds it.

    Only the operator writes these: a request can choose an engine by its name in
    `ServiceConfig.engines`, never a factory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    factory: str = Field(
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="module:callable that builds it"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="its keyword arguments")
    warm_up: bool = Field(
        default=True, description="compile what measures audio before the first request"
    )
    training_data: dict[str, Any] | None = Field(
        default=None, description="what its weights were trained on, for provenance"
    )
    processes: int = Field(default=1, ge=1, le=64, description="processes that run it side by side")
    batch: int = Field(
        default=1,
        ge=1,
        le=64,
        description="pieces that a process makes at once, if its engine may be called by threads",
    )


class SoundfontSpec(BaseModel):
    """A General MIDI soundfont for the composer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="a .sf2 or .sf3 file")
    players: str = Field(
        default="acoustic", description="what it plays: acoustic, all, or instruments by name"
    )
    licence: str | None = Field(
        default=None, description="its licence (SPDX); what the file says, if left out"
    )


def default_engines() -> dict[str, EngineSpec]:
    """The engines of an installation with no trained model: the composer alone."""
    return {"composer": EngineSpec(factory=COMPOSER_FACTORY)}


class ServiceConfig(BaseModel):
    """Everything that the service can be told.

    >>> ServiceConfig().default_engine
    'composer'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path | None = Field(
        default=None, description="home folder; without one, audio lives in a temporary folder"
    )
    api_key: SecretStr | None = Field(default=None, description="key that every request must carry")
    engines: dict[str, EngineSpec] | None = Field(
        default=None, description="engines by name; those of the home's registry when left out"
    )
    default_engine: str = Field(default="composer", description="engine of requests that name none")
    diffusion: dict[EngineName, str] = Field(
        default={},
        description="AudioLDM 2 or Stable Audio weights by the engine's name: a folder or a hub id",
    )
    soundfont: SoundfontSpec | None = Field(
        default=None, description="soundfont that the composer's instruments are played from"
    )
    queue_size: int = Field(
        default=256, ge=1, description="pieces that may wait or be made at once"
    )
    owner_queue_size: int = Field(default=128, ge=1, description="the same for one key or address")
    wait_s: Positive = Field(
        default=30.0, description="longest wait of a synchronous request, seconds"
    )
    job_timeout_s: Positive = Field(
        default=600.0, description="longest time for one piece, seconds"
    )
    start_timeout_s: Positive = Field(default=600.0, description="longest time to load an engine")
    idle_unload_s: Positive = Field(
        default=600.0, description="time without work after which an engine is unloaded, seconds"
    )
    watch_s: Positive = Field(
        default=3.0, description="time between looks at the registry for a new model, seconds"
    )
    cancel_grace_s: Positive = Field(
        default=0.7,
        description="time a cancelled engine has to stop by itself, seconds",
    )
    engine_memory_bytes: int = Field(
        default=8 * 2**30,
        ge=64 * 2**20,
        description="memory that an engine process may take",
    )
    attempts: int = Field(default=2, ge=1, description="engine deaths that a piece may survive")
    cache_bytes: int = Field(default=8 * 2**30, ge=0, description="disk that audio may take")
    max_body_bytes: int = Field(default=64 * 1024, ge=1024, description="largest JSON request")
    max_upload_bytes: int = Field(default=32 * 2**20, ge=1024, description="largest upload")
    cors_origins: tuple[str, ...] = Field(default=(), description="origins of other front ends")
    public_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s/]+$", description="address that clients see, no path"
    )
    keep_jobs_s: Positive = Field(
        default=30 * 86_400.0, description="time for which ended jobs are remembered, seconds"
    )
    keep_jobs: int = Field(
        default=100_000, ge=1, description="ended jobs that are remembered at most, the latest"
    )
    keep_audio_s: Positive | None = Field(
        default=None,
        description="time without use after which audio is deleted, seconds; never if unset",
    )
    keep_uploads_s: Positive = Field(
        default=86_400.0, description="time without use after which uploads are deleted, seconds"
    )
    price_per_cpu_hour: float = Field(
        default=0.0, ge=0, description="money that an hour of one core costs, for metrics"
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="text, or JSON lines with one for each request"
    )
    tracing: bool = Field(default=False, description="send spans by OpenTelemetry, if installed")
    webhooks: bool = Field(default=False, description="whether clients may name a webhook")
    webhook_secret: SecretStr | None = Field(
        default=None, description="key that webhooks are signed with"
    )
    webhook_ca: Path | None = Field(
        default=None,
        description="PEM file of the authorities that https webhooks are trusted by; "
        "the public ones if unset",
    )
    c2pa_certificate: Path | None = Field(
        default=None,
        description="PEM chain of the certificate that C2PA manifests are signed by",
    )
    c2pa_key: Path | None = Field(
        default=None, description="PEM file (PKCS #8) of that certificate's private key"
    )
    c2pa_algorithm: Literal["es256", "es384", "ps256", "ed25519"] = Field(
        default="es256", description="how that key signs"
    )
    drain_s: Positive = Field(default=20.0, description="time to finish after SIGTERM, seconds")

    def home_layout(self) -> Home | None:
        """The folders below the home, or None without one."""
        return None if self.home is None else Home(self.home.expanduser().resolve())
