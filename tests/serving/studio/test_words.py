"""Everything that the pages show has its word in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import features.audio
import serving
from data_catalog.quality import FATAL, REMARKS
from data_catalog.vocabulary import GENRES, MOODS
from serving.composer.styles import style_of
from serving.fault_codes import CODES
from serving.requests import GenerateRequest

SERVING = Path(serving.__file__).parent
STUDIO = SERVING / "studio"
NOT_WORDS = {"", "http", "invalid-request", "not-found", "invalid"}
"""Told by something nearer: a fault's code, what isn't there, or the service's own sentence."""


@cache
def words(language: str) -> dict[str, str]:
    """The dictionary of one language."""
    text = (STUDIO / "words.js").read_text(encoding="utf-8")
    block = re.search(rf"^  {language}: {{\n(.*?)^  }},$", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    found = re.findall(r'(?:"([^"]+)"|(\b\w+)): "((?:[^"\\]|\\.)*)"', block[1])
    return {quoted or bare: word for quoted, bare, word in found}


def named_by_pages() -> Iterator[str]:
    """Words that scripts and pages ask for by name."""
    for script in STUDIO.glob("*.js"):
        for asked in re.findall(r"\bt\(([^()`]*)\)", script.read_text(encoding="utf-8")):
            quoted = re.finditer(r'([=!]= )?"([^"]*)"', asked)
            yield from (found[2] for found in quoted if not found[1])
    for page in STUDIO.glob("*.html"):
        yield from re.findall(r'data-t(?:-label)?="([^"]+)"', page.read_text(encoding="utf-8"))


def texts_given(function: str, place: int, folder: Path) -> Iterator[str]:
    """Strings in the argument at ``place`` of every call of ``function`` in ``folder``."""
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if function not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or len(node.args) <= place:
                continue
            if ast.unparse(node.func).split(".")[-1] != function:
                continue
            given = node.args[place]
            for part in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def spoken_by_the_service() -> Iterator[str]:
    """What answers of the service hold and the pages show."""
    yield from (*GENRES, *MOODS, "ok", *FATAL, *REMARKS)
    yield from (f"fault-{code}" for code in CODES)
    kinds = [*texts_given("Problem", 1, SERVING), *texts_given("not_found", 0, SERVING)]
    kinds += [*texts_given("EngineError", 0, SERVING)]
    yield from (f"problem-{kind}" for kind in kinds)
    reasons = texts_given("AudioError", 1, Path(features.audio.__file__).parent)
    yield from (f"audio-{reason}" for reason in reasons)
    yield from texts_given("on_progress", 1, SERVING)
    for genre in GENRES:
        style = style_of(genre)
        yield from (name for form in style.forms for name in form)
        played = {player.name for mood in MOODS for player in style.band(mood)}
        yield from ("part-engine" if name == "engine" else name for name in played)


def without_word(names: Iterator[str], language: str) -> set[str]:
    known = {
        *words(language),
        *NOT_WORDS,
        *(f"problem-{one}" for one in NOT_WORDS),
        "fault-invalid",
    }
    return {name for name in names if name not in known}


def test_both_languages_have_the_same_words() -> None:
    assert without_word(iter(words("en")), "tr") == set()


@pytest.mark.parametrize("language", ["en", "tr"])
def test_words_that_the_pages_name_exist(language: str) -> None:
    found = {name for name in named_by_pages() if not name.startswith("#")}
    assert len(found) > 100
    assert without_word(iter(found), language) == set()


def test_what_the_service_says_has_its_turkish() -> None:
    assert without_word(spoken_by_the_service(), "tr") == set()


@pytest.mark.parametrize("name", sorted(CODES))
def test_words_of_a_fault_use_only_what_comes_with_it(name: str) -> None:
    given = CODES[name] | {"field", "unit", "minutes"}
    for language in ("en", "tr"):
        assert set(re.findall(r"{(\w+)}", words(language).get(f"fault-{name}", ""))) <= given


def test_fields_that_can_be_wrong_have_a_name() -> None:
    labels = (STUDIO / "faults.js").read_text(encoding="utf-8")
    renamed = dict(re.findall(r'(\w+): "([\w-]+)"', labels))
    fields = (renamed.get(name, name) for name in GenerateRequest.model_fields)
    assert without_word(fields, "tr") == set()
