# make run    SimExit on http://127.0.0.1:8000 (PORT=9000 for another port)
# make test   everything that a change must pass, on a machine with nothing but Python and make
# make demo   example people and cases in the running database; prints the accounts
# make bench  speed, as ratios measured side by side in one run (SHORT=1: a tenth of everything)
# make lint   style, types, migrations, the catalogue and what is not translated yet
# make messages  brings simexit/locale in line with code and templates (needs gettext)

PORT ?= 8000
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

# The first of these that is new enough; empty when none is.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)

.PHONY: run test bench demo lint messages install port services
.NOTPARALLEL:
.DELETE_ON_ERROR:

run: export PATH := $(BIN):$(PATH)
run: export PORT := $(PORT)
run: port $(VENV)/.installed
	@$(BIN)/python -m simexit.prepare
	@exec $(BIN)/python -m simexit.run

# Browser tests run once, on SQLite: they test pages, and the pages do not know the database.
# One process for each processor, a module at a time; `python -m pytest` alone runs in one.
test: PYTEST = $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 \
	--dist loadfile --no-loadscope-reorder
test: $(VENV)/.installed-dev services
	@$(BIN)/python -m tests.services redis -- $(PYTEST)
	@$(BIN)/python -m tests.services redis postgresql -- $(PYTEST) -m "not browser"

bench: $(VENV)/.installed-dev services
	@$(BIN)/python -m tests.services redis postgresql -- \
		$(BIN)/python -m tests.bench.reminders $(if $(SHORT),--short)

demo: $(VENV)/.installed
	@$(BIN)/python manage.py demo

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --settings simexit.settings.test
	@$(BIN)/python manage.py lint_catalogue --settings simexit.settings.test
	@$(BIN)/python -m simexit.translations check

messages: $(VENV)/.installed-dev
	@$(BIN)/python -m simexit.translations collect

install: $(VENV)/.installed-dev

services: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.services --install

port:
	@test -n "$(PYTHON)" || { echo "SimExit needs Python 3.11 or newer, and none was found." \
		"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) simexit/lib/port.py $(PORT)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "SimExit needs Python 3.11 or newer, and none was found." \
		"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null || { echo "Python could not make a virtual" \
		"environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: $(BIN)/python requirements.txt
	@echo "Installing what SimExit needs into $(VENV) ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python requirements.txt requirements-dev.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.installed $@
