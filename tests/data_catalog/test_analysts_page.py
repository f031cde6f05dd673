"""The five minutes of docs/analysts.md, run as they stand."""

import re
from pathlib import Path

import duckdb
import pytest

from tests.data_catalog.store_fixtures import small_home

PAGE = (Path(__file__).parents[2] / "docs" / "analysts.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("analysts")
    small_home(root / "data")
    return root


@pytest.mark.parametrize("sql", blocks("sql"))
def test_each_question_of_the_page_has_an_answer(root, sql):
    with duckdb.connect(str(root / "data" / "catalog.duckdb"), read_only=True) as connection:
        connection.sql(sql).fetchall()


def test_the_python_of_the_page_runs_in_order(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    names: dict[str, object] = {}
    for code in blocks("python"):
        exec(code, names)

    assert "tracks" in capsys.readouterr().out
    assert names["tempi"].height == 8


def test_every_column_of_the_catalog_is_explained(root):
    with duckdb.connect(str(root / "data" / "catalog.duckdb"), read_only=True) as connection:
        silent = connection.sql(
            "select column_name from duckdb_columns() "
            "where table_name = 'catalog' and comment is null"
        ).fetchall()
    assert silent == []
