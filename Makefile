# The same commands for people and for CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR := data

.PHONY: setup demo test check format serve bench gallery constraints clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps tinysoundfont
	@touch $@

demo: setup
	$(BIN)/shiroa --home $(HOME_DIR) demo

test: setup
	$(BIN)/pytest -n 2

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

serve: setup
	$(BIN)/shiroa --home $(HOME_DIR) serve

bench: setup
	$(BIN)/python -m benchmarks

gallery: setup
	$(BIN)/python -m serving.composer.gallery gallery

# Pin what a fresh environment resolves to, after pyproject.toml has changed.
constraints:
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/pip install --quiet 'torch==2.13.0' -e '.[dev]'
	build/constraints/bin/pip install --quiet --no-deps tinysoundfont
	build/constraints/bin/pip freeze --exclude-editable | sed 's/+cpu$$//' | grep -v ' @ ' > constraints.txt

clean:
	rm -rf $(VENV) build gallery *.egg-info .pytest_cache .mypy_cache .ruff_cache
