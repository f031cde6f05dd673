"""The one settings class: environment variables named ``SHIROA_*``, or a ``.env`` file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from data_catalog.home import Home
from data_catalog.sources.base import SourceOptions
from serving.config import ServiceConfig

TaskRunnerName = Literal["local", "dask", "ray"]
Publishing = Literal["ask", "passed", "never"]
PolicyName = Literal["commercial", "noncommercial", "any"]


def usable_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Everything that can be set from outside; ``shiroa doctor`` prints it."""

    model_config = SettingsConfigDict(
        env_prefix="SHIROA_", env_nested_delimiter="__", env_file=".env", extra="ignore"
    )

    home: str = Field(
        "data", description="folder, or s3://bucket/prefix, that holds tables, audio and models"
    )
    workers: int = Field(default_factory=usable_cores, ge=1, description="extraction processes")
    file_timeout_s: float = Field(120.0, gt=0, description="time that one file may take, seconds")
    batch_files: int = Field(100, ge=1, le=10_000, description="files in one Prefect task")
    policy: PolicyName = Field("any", description="licence policy of curation and snapshots")
    sources: list[str] = Field([], description="what the nightly pipeline ingests, a JSON list")
    retrain_after: int = Field(
        100, ge=1, description="new tracks after which `shiroa flows` starts the pipeline"
    )
    task_runner: TaskRunnerName = Field("local", description="where Prefect runs tasks")
    cluster_address: str | None = Field(
        None, description="Dask scheduler or Ray head that runs tasks, such as tcp://host:8786"
    )
    host: str = Field("127.0.0.1", description="address that the endpoint binds")
    port: int = Field(8000, ge=0, le=65535, description="port of the endpoint")
    api_key: SecretStr | None = Field(None, description="key that every request must carry")
    jamendo_client_id: SecretStr | None = Field(None, description="client id of the Jamendo API")
    service: ServiceConfig = Field(
        ServiceConfig(), description="the endpoint, such as SHIROA_SERVICE__CACHE_BYTES"
    )
    soundfont: Path | None = Field(
        None, description=".sf2 or .sf3 file that the composer's instruments are played from"
    )
    soundfont_players: str = Field(
        "acoustic", description="what it plays: acoustic, all, or instruments by name"
    )
    soundfont_licence: str | None = Field(
        None, description="its licence (SPDX); what the file says, if left out"
    )
    contact: str | None = Field(None, description="address in the user agent of downloads")

    def home_layout(self) -> Home:
        """The folders below the home, as absolute paths. Raises ``HomeError``."""
        return Home.at(self.home)

    def chosen_workers(self) -> int | None:
        """``workers`` where somebody chose them; None for the default, all cores."""
        return self.workers if "workers" in self.model_fields_set else None

    def source_options(self) -> SourceOptions:
        """What sources may need beside their address."""
        client = self.jamendo_client_id
        return SourceOptions(
            jamendo_client_id=client.get_secret_value() if client else None, contact=self.contact
        )


def load_settings(home: str | Path | None = None) -> Settings:
    """Settings from the environment; ``home`` given on the command line wins.

    The chosen home is exported, so that flows started in other processes use the same one.
    """
    if home is not None:
        os.environ["SHIROA_HOME"] = Home.at(home).place
    return Settings()
