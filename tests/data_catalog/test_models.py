import pytest

from data_catalog import models
from data_catalog.home import Home
from data_catalog.models import ModelError, ModelRecord


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    for number in (1, 2, 3):
        models.register(home, record(number))
    return home


def record(number):
    digest = f"digest {number}"
    return ModelRecord(f"m{number}", "classifier", "spring", digest, metrics={"f1": 0.5})


def in_production(home):
    serving = models.production(home, "classifier")
    return serving and serving.model_id


def test_what_is_registered_comes_back(home):
    assert models.get(home, "m1") == record(1).__class__(
        **{**record(1).__dict__, "created_at": models.get(home, "m1").created_at}
    )


def test_an_id_is_registered_once(home):
    with pytest.raises(ModelError, match="registered already"):
        models.register(home, record(1))


def test_an_unknown_model_lists_the_known_ones(home):
    with pytest.raises(ModelError, match="m3, m2, m1"):
        models.get(home, "m9")


def test_one_model_of_a_kind_is_in_production(home):
    models.set_status(home, "m1", "production")
    models.set_status(home, "m2", "production", by="Ada", note="better on jazz")

    assert in_production(home) == "m2"
    assert models.get(home, "m1").status == "approved"
    assert models.get(home, "m2").history[-1]["by"] == "Ada"


def test_the_way_back_is_the_model_that_served_before(home):
    for model_id in ("m1", "m2", "m3"):
        models.set_status(home, model_id, "production")

    assert models.previous_production(home, "classifier").model_id == "m2"


def test_a_retired_model_is_no_way_back(home):
    for model_id in ("m1", "m2", "m3"):
        models.set_status(home, model_id, "production")
    models.set_status(home, "m2", "retired")

    assert models.previous_production(home, "classifier").model_id == "m1"


def test_a_flagged_model_is_not_published(home):
    models.flag_models(home, {"m1"}, "trained on music taken down")

    with pytest.raises(ModelError, match="train again"):
        models.set_status(home, "m1", "production")


def test_a_model_is_found_by_the_digest_of_its_snapshot(home):
    assert models.find_trained(home, "classifier", "digest 2").model_id == "m2"
    assert models.find_trained(home, "musicgen", "digest 2") is None


def test_a_status_must_be_known(home):
    with pytest.raises(ModelError, match="candidate, approved, production, retired"):
        models.set_status(home, "m1", "live")
