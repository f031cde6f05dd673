import duckdb
import pytest

from data_catalog.queries.questions import QuestionError, ask, questions
from tests.data_catalog.store_fixtures import small_home, track_id


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("queries"))


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_every_named_question_runs_and_says_what_it_asks(home, question):
    assert question.question.endswith(("?", ")"))
    ask(home, question.name)


def test_there_are_thirty_named_questions():
    assert len(questions()) >= 30


def test_a_question_finds_what_was_planted(home):
    rows = {row["licence"]: row["tracks"] for row in ask(home, "licences").to_pylist()}

    assert rows == {"CC0-1.0": 2, "CC-BY-4.0": 2, "CC-BY-NC-4.0": 2, "(unknown)": 2}


def test_the_funnel_never_widens(home):
    counts = ask(home, "funnel").column("tracks").to_pylist()

    assert counts == [8, 8, 7, 6, 5, 5]


def test_sql_may_take_parameters(home):
    answer = ask(home, "select count(*) as n from catalog where key = $key", {"key": "A minor"})

    assert answer.to_pylist() == [{"n": 3}]


@pytest.mark.parametrize(
    "sql",
    ["copy (select 1) to 'x.csv'", "create table t (a int)", "attach 'x'", "drop view catalog"],
)
def test_what_is_not_reading_is_refused(home, sql):
    with pytest.raises(QuestionError, match="only reads"):
        ask(home, sql)


def test_a_misspelled_name_gets_a_suggestion(home):
    with pytest.raises(QuestionError, match="quarantine"):
        ask(home, "quarantin")


def test_an_empty_home_says_how_to_begin(tmp_path):
    from data_catalog.home import Home

    with pytest.raises(QuestionError, match="shiroa ingest"):
        ask(Home(tmp_path), "funnel")


def test_macros_know_the_camelot_wheel(home):
    asked = """
        select camelot('A minor') as am, camelot('C major') as c, camelot('F# minor') as fsm,
            key_distance('C major', 'A minor') as relative, key_distance('C major', 'G major')
            as fifth, key_distance('C major', 'F# major') as tritone
    """
    assert ask(home, asked).to_pylist() == [
        {"am": "8A", "c": "8B", "fsm": "11A", "relative": 1, "fifth": 1, "tritone": 6}
    ]


def test_similar_tracks_come_nearest_first(home):
    answer = ask(home, f"from similar_to('{track_id(3)}', n := 5)")

    assert answer.num_rows == 5
    assert answer.column("similarity").to_pylist() == sorted(
        answer.column("similarity").to_pylist(), reverse=True
    )


def test_any_duckdb_opens_the_file_from_any_folder(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with duckdb.connect(str(home.catalog), read_only=True) as connection:
        assert len(connection.sql("from catalog limit 5").fetchall()) == 5
