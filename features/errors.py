"""The base of every error whose message is written for the person who runs Shiroa."""

from __future__ import annotations


class ShiroaError(Exception):
    """The message names the value, the rule and the next step; the command line shows it alone."""
