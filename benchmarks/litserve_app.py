"""The same engine, measuring and encoding behind LitServe, which installs apart.

A module of its own, because LitServe hands the class to its worker processes by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import litserve

from serving.config import ServiceConfig
from serving.piece.generate import generate

__all__ = ["serve_by_litserve"]


class ComposerApi(litserve.LitAPI):
    """Makes a piece for each request, one at a time."""

    home = Path()

    def setup(self, device: str) -> None:
        """What each worker needs."""
        self.config = ServiceConfig(home=self.home)

    def predict(self, body: dict[str, Any]) -> dict[str, Any]:
        """The sidecar of a new piece."""
        return generate(self.config, body).piece.model_dump(mode="json")


def serve_by_litserve(port: int, home: Path) -> None:
    """Answer until killed."""
    api = ComposerApi(api_path="/generate")
    api.home = home
    server = litserve.LitServer(api, accelerator="cpu", timeout=300)
    server.run(port=port, generate_client_file=False, log_level="warning")
