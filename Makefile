# Everything happens in .venv; nothing else on the machine is touched.
PYTHON ?= python3
BIN := .venv/bin
export MPLBACKEND := Agg

.PHONY: demo test test-slow test-oldest coverage fuzz docs clean

demo: .venv/core.done
	$(BIN)/btn demo

test: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m "not slow" --doctest-modules src tests

test-slow: .venv/dev.done
	$(BIN)/pytest -m slow tests

# The same tests with the oldest versions that pyproject.toml allows, in an environment of its own.
test-oldest: .venv-oldest/dev.done
	OMP_NUM_THREADS=1 .venv-oldest/bin/pytest -n 2 --dist loadfile -m "not slow" --doctest-modules src tests

# How much of the code, branch by branch, the fast tests pass through.
coverage: .venv/dev.done
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m "not slow" --doctest-modules --cov --cov-report=term:skip-covered src tests

# Ten times as many damaged inputs as `make test` tries: 2,000 of each kind that takes milliseconds.
fuzz: .venv/dev.done
	BTN_FUZZ=2000 $(BIN)/pytest tests/fuzz

# The site, in site/; to read it while writing: .venv/bin/mkdocs serve.
docs: .venv/dev.done
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.venv/core.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/dev.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch .venv/core.done $@

.venv-oldest/dev.done: pyproject.toml
	test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check uv
	.venv-oldest/bin/uv pip install --quiet --python .venv-oldest/bin/python --resolution lowest-direct -e '.[dev]'
	touch $@

clean:
	rm -rf .venv .venv-oldest build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
