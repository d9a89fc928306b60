# Everything one does with this tree. `make run` needs Python 3.11 or newer, pip and make; nothing else.

PORT ?= 8080
DATA_DIR ?= ./roarbase-data
PYTHON ?=
STEPS ?= 200000
QUERIES ?= 100000
FUZZ_SECONDS ?= 600
FLIPS ?= 10000
STATEMENTS ?= 50000
WORLDS ?= 10000
KILLS ?= 1000
SAMPLES ?= 1
MINUTES ?= 90
VENV := .venv
BIN := $(VENV)/bin
PINS := pyproject.toml constraints.txt

# Some images set it; then every start of the service would compile all of its modules anew, for half of its time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check kernels prove prove-sql prove-pql flips simulate torture bench bench-full screenshots docs clean
.DELETE_ON_ERROR:

run: $(VENV)/.installed   ## start the service, walk through the quick start, keep serving
	@exec $(BIN)/roarbase quickstart --port '$(PORT)' --data-dir '$(DATA_DIR)'

test: $(VENV)/.installed-dev   ## all tests; SAMPLES=10 looks at ten times as many generated examples
	@ROARBASE_SAMPLES='$(SAMPLES)' $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.installed-dev   ## format, lint, types, layers, public names
	@$(BIN)/ruff format --check --quiet . || { echo "some files are not formatted: run $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --num-workers auto
	@$(BIN)/python -m pytest -q tests/test_layers.py tests/test_public_names.py

kernels: $(VENV)/.installed-dev   ## compile what all tests share, which takes a minute: `make test` does it itself where nobody has
	@$(BIN)/python -c 'from tests.support.kernels import filled_kernel_cache; filled_kernel_cache()'

prove: $(VENV)/.installed-dev   ## 200,000 steps of random programs against the plain model of the engine; STEPS takes more or fewer
	@ROARBASE_STEPS='$(STEPS)' $(BIN)/python -m pytest -q -n auto tests/engine/test_state_machine.py

prove-sql: $(VENV)/.installed-dev   ## STATEMENTS of SQL, generated, by bitmaps, by DuckDB alone and in plain Python: the same answers
	@ROARBASE_STATEMENTS='$(STATEMENTS)' $(BIN)/python -m pytest -q -n auto tests/query/sql/later

simulate: $(VENV)/.installed-dev   ## WORLDS simulated engines with bad disks, kills and power cuts, each from a seed of its own
	@ROARBASE_WORLDS='$(WORLDS)' $(BIN)/python -m pytest -q -n auto tests/durability/simulation

torture: $(VENV)/.installed-dev   ## kill the service KILLS times, for MINUTES at most, while clients write: nothing acknowledged is lost
	@ROARBASE_KILLS='$(KILLS)' ROARBASE_MINUTES='$(MINUTES)' $(BIN)/python -m pytest -q -s tests/durability/test_torture.py

flips: $(VENV)/.installed-dev   ## 10,000 single bits that differ on disk: each is found, or changes no answer; FLIPS takes more or fewer
	@ROARBASE_FLIPS='$(FLIPS)' $(BIN)/python -m pytest -q -n auto tests/engine/doctor/test_doctor.py

faults: $(VENV)/.installed-dev   ## every call of the storage fails in turn, in every way, in a whole life of an engine: five minutes
	@ROARBASE_EVERY_CALL=1 $(BIN)/python -m pytest -q tests/durability/test_every_call.py

prove-pql: $(VENV)/.installed-dev   ## 100,000 generated calls of PQL against the plain model, then broken statements for ten minutes
	@ROARBASE_QUERIES='$(QUERIES)' $(BIN)/python -m pytest -q tests/query/pql/test_sessions.py
	@ROARBASE_FUZZ_SECONDS='$(FUZZ_SECONDS)' $(BIN)/python -m pytest -q tests/query/pql/test_broken.py

bench: $(VENV)/.installed-bench   ## measure beside DuckDB, chdb and Polars, in some minutes; BENCH names other benchmarks
	@$(BIN)/python -m bench $(or $(BENCH),cseg)

bench-full: $(VENV)/.installed-bench   ## 20.97 million records in all systems, then 100 million in Roarbase alone: ten minutes
	@$(BIN)/python -m bench.cseg --records 20971520
	@$(BIN)/python -m bench.cseg --records 100000000 --systems roarbase

screenshots: $(VENV)/.installed-dev   ## each page of the console light, dark and narrow, into build/screenshots; needs chromium
	@$(BIN)/python -m tests.console.screenshots build/screenshots

docs: $(VENV)/.installed-dev   ## rewrite the pages that are made from tables in the code
	@$(BIN)/python -m docs.generate

clean:   ## remove what make made; DATA_DIR stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(VENV)/.made $(PINS)
	@echo "installing Roarbase into $(VENV) (a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

# Of what is installed most is never imported: bytecode is written for what is, when it is.
$(VENV)/.installed-dev: $(VENV)/.made $(PINS)
	@echo "installing Roarbase and its test tools into $(VENV) (a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-compile -e '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@echo "installing what Roarbase is measured against (some 900 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench,dev]'
	@touch $@

# A venv whose Python has gone (upgraded, moved) is made again.
ifeq ($(wildcard $(BIN)/python),)
.PHONY: $(VENV)/.made
endif

# The one that was named, or else the first of these that is new enough.
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)

# Three ways, because Debian ships Python without ensurepip: venv, virtualenv, or the pip that is there filling a bare venv.
$(VENV)/.made:
	@rm -rf $(VENV); python=; \
	for p in $(PYTHONS); do \
	  if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$p; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Roarbase needs Python 3.11 or newer, and found none as: $(PYTHONS)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$python" --version)"; \
	if "$$python" -c 'import ensurepip' 2>/dev/null; then "$$python" -m venv $(VENV); \
	elif "$$python" -c 'import virtualenv' 2>/dev/null; then \
	  echo "this Python has no ensurepip: using virtualenv"; "$$python" -m virtualenv --quiet $(VENV); \
	elif command -v virtualenv >/dev/null; then \
	  echo "this Python has no ensurepip: using virtualenv"; virtualenv --quiet --python "$$python" $(VENV); \
	elif "$$python" -c 'import pip' 2>/dev/null; then \
	  echo "this Python has neither ensurepip nor virtualenv: filling a bare venv with pip"; \
	  "$$python" -m venv --without-pip $(VENV) && "$$python" -m pip --python $(BIN)/python install --quiet pip; \
	else \
	  echo "this Python can make no virtual environment: install python3-venv (Debian) or virtualenv" >&2; exit 1; \
	fi
	@touch $@
