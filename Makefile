# The two commands: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo lab test lint types screenshots clean

demo: $(VENV)/installed
	@$(BIN)/workbench demo $(if $(RESET),--reset)

lab: $(VENV)/installed
	@$(BIN)/workbench lab $(if $(RESET),--reset)

test: $(VENV)/installed-for-tests
	@$(BIN)/python tests/run.py

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/installed-for-tests
	$(BIN)/mypy

screenshots: $(VENV)/installed-for-tests
	$(BIN)/python tests/browser/screenshots.py notebooks

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing Workbench into $(VENV) (once; a minute or two) …"
	$(PIP) -e .
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing Workbench and its test tools into $(VENV) (once) …"
	$(PIP) -e '.[test]'
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
