# The two commands: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Where nothing may be written at run time, every start would compile all of it anew.
COMPILE := $(BIN)/python -m compileall -q workbench
SPARK_VENV := .venv-spark
SPARK_BIN := $(SPARK_VENV)/bin

.PHONY: demo lab test test-spark lint types screenshots clean

# 75: it runs already, as the command has said.
demo: $(VENV)/installed
	@$(BIN)/workbench demo $(if $(RESET),--reset) || test $$? -eq 75

lab: $(VENV)/installed
	@$(BIN)/workbench lab $(if $(RESET),--reset) || test $$? -eq 75

test: $(VENV)/installed-for-tests
	@$(BIN)/python tests/run.py

# Spark has an environment of its own; LONG=1 links 100,000 clients a side. Short runs end before Java's
# second compiler pays.
test-spark: $(SPARK_VENV)/installed
	@$(if $(LONG),,JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1) $(SPARK_BIN)/python -m pytest -q -m "$(if $(LONG),,not )long" tests/spark

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/installed-for-tests
	$(BIN)/mypy

screenshots: $(VENV)/installed-for-tests
	$(BIN)/python tests/browser/screenshots.py notebooks
	$(BIN)/python tests/browser/report_picture.py notebooks

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing Workbench into $(VENV) (once; a minute or two) …"
	$(PIP) -e .
	@$(COMPILE)
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing Workbench and its test tools into $(VENV) (once) …"
	$(PIP) -e '.[test]'
	@$(COMPILE)
	@touch $@ $(VENV)/installed

$(SPARK_VENV)/installed: pyproject.toml constraints-spark.txt
	@echo "Installing Workbench and Spark into $(SPARK_VENV) (once; some minutes) …"
	$(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints-spark.txt \
		-e '.[spark]' pytest pytest-timeout
	@touch $@

clean:
	rm -rf $(VENV) $(SPARK_VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
