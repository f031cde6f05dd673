"""Logs as JSON lines, for machines that gather them. Whatever looks like a secret is struck out."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["JsonLines", "as_json_lines", "without_secrets"]

_SECRETS: Final = re.compile(
    r"(shiroa_[0-9a-f]{8}_)[\w-]+|((?:bearer|basic)\s+)[^\s\"']+"
    r"|((?:signature|api[_-]?key|token|secret|password|client_id)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,]+",
    re.IGNORECASE,
)
_PLAIN: Final = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"))


def without_secrets(text: str) -> str:
    """``text`` with keys, signatures and passwords struck out.

    >>> without_secrets("GET /audio/a.wav?expires=1&signature=ab12 Authorization: Bearer xyz")
    'GET /audio/a.wav?expires=1&signature=*** Authorization: Bearer ***'
    """
    return _SECRETS.sub(lambda found: f"{''.join(part or '' for part in found.groups())}***", text)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what ``extra`` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {
            "time": when,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            told["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(told, default=str, ensure_ascii=False)


def as_json_lines() -> None:
    """Send every log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
