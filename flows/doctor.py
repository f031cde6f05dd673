"""What ``shiroa doctor`` looks at: the settings, what is missing, and the tables."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass

from pydantic import BaseModel

from data_catalog.check import check_home, give_up_lost
from flows.console import out
from flows.settings import Settings

_PARTS = (
    ("torch", "training and MusicGen", "pip install 'shiroa[train]'"),
    ("transformers", "MusicGen", "pip install 'shiroa[train]'"),
    ("fastapi", "the endpoint", "pip install 'shiroa[serve]'"),
    ("diffusers", "AudioLDM and Stable Audio", "pip install 'shiroa[diffusion]'"),
    ("altair", "shiroa report", "pip install 'shiroa[report]'"),
    ("prefect_dask", "SHIROA_TASK_RUNNER=dask", "pip install 'shiroa[dask]'"),
    ("prefect_ray", "SHIROA_TASK_RUNNER=ray", "pip install 'shiroa[ray]'"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it could be, and what to do."""

    what: str
    remedy: str
    serious: bool


def examine(settings: Settings, repair: bool = False) -> list[Finding]:
    """Look at the environment and the home; ``repair`` gives up what is lost first."""
    home = settings.home_layout()
    findings = [
        Finding(f"{module} is not installed: {purpose}", remedy, serious=False)
        for module, purpose, remedy in _PARTS
        if importlib.util.find_spec(module) is None
    ]
    findings += _soundfonts(settings)
    findings += _credentials(settings)
    if shutil.which("apt-get") is None:
        findings.append(
            Finding("apt-get is not here: debian: sources", "use a Debian or Ubuntu machine", False)
        )
    if repair:
        findings += [
            Finding(f"given up: {path}", "run shiroa ingest and extract again", False)
            for path in give_up_lost(home)
        ]
    findings += [Finding(str(problem), problem.remedy, True) for problem in check_home(home)]
    return findings


def _soundfonts(settings: Settings) -> list[Finding]:
    """Soundfonts that could be used, and whether the chosen one can."""
    from serving.soundfont_info import HOW_TO_INSTALL, installed, read_info

    chosen = settings.soundfont
    if chosen is None:
        found = installed()
        remedy = (
            f"{HOW_TO_INSTALL}, then SHIROA_SOUNDFONT={found[0]}"
            if found
            else f"{HOW_TO_INSTALL}; apt-get install fluidr3mono-gm-soundfont; "
            "then SHIROA_SOUNDFONT=FILE"
        )
        return [Finding("no soundfont: the composer plays its own instruments", remedy, False)]
    try:
        info = read_info(chosen.expanduser())
    except (OSError, ValueError) as error:
        return [Finding(f"SHIROA_SOUNDFONT={chosen}: {error}", "give a .sf2 or .sf3 file", True)]
    if importlib.util.find_spec("tinysoundfont") is None:
        return [Finding("tinysoundfont is not installed: SHIROA_SOUNDFONT",
                        HOW_TO_INSTALL, True)]  # fmt: skip
    if info.licence is None and settings.soundfont_licence is None:
        return [Finding(f"SHIROA_SOUNDFONT={chosen}: its licence is unknown, so its music allows "
                        "no commercial use",
                        "read it where the file comes from and set SHIROA_SOUNDFONT_LICENCE",
                        False)]  # fmt: skip
    return []


def _credentials(settings: Settings) -> list[Finding]:
    """Whether files can carry signed C2PA manifests."""
    from serving.piece.credentials import Credentials, UnusableCredentials

    try:
        credentials = Credentials.of(settings.service)
    except UnusableCredentials as error:
        return [Finding(str(error), "mend it, or unset both to serve files unsigned", True)]
    if credentials is not None:
        return []
    return [Finding("no C2PA certificate: files carry tags, but no signed manifest",
                    "pip install 'shiroa[c2pa]', then SHIROA_SERVICE__C2PA_CERTIFICATE=CHAIN.pem "
                    "SHIROA_SERVICE__C2PA_KEY=KEY.pem", False)]  # fmt: skip


def _print_fields(settings: BaseModel, prefix: str) -> None:
    for name, field in type(settings).model_fields.items():
        value, variable = getattr(settings, name), f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            _print_fields(value, f"{variable}__")
        else:
            out.print(f"{variable:<27} {value!s:<28} {field.description}", markup=False)


def print_findings(settings: Settings, findings: list[Finding]) -> None:
    """The settings with their meaning, then the findings."""
    _print_fields(settings, "SHIROA_")
    for finding in findings:
        mark = "problem" if finding.serious else "optional"
        out.print(f"{mark}: {finding.what}\n    {finding.remedy}", markup=False)
    if not findings:
        out.print("nothing is missing")
