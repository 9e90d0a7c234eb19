# The two commands are `make run` and `make test`; CONTRIBUTING.md tells the rest.
# Needs git, make and Python 3.11 or newer. uv is used where it is installed, never required.

PY := .venv/bin/python
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo yes),$(p))))
RUN_STAMP := .venv/.run-$(firstword $(shell cksum < requirements/run.txt))
DEV_STAMP := .venv/.dev-$(firstword $(shell cksum < requirements/dev.txt))
PYTEST ?= $(PY) -m pytest
JOBS ?= auto
RUNS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench faults lock sbom audit alerts client

help:
	@echo 'make run    start web, worker and beat on http://127.0.0.1:8000 (HOST and PORT choose)'
	@echo 'make demo   the same on sample data, with a stand-in for Coolset'
	@echo 'make test   the whole suite          make check   format, lint, types, contracts'
	@echo 'make bench  the benchmarks           make faults  the fault campaign'
	@echo 'make setup  only make .venv          make lock    renew requirements/'
	@echo 'make sbom   write dist/sbom.json     make audit   known weaknesses of what is locked'
	@echo 'make client pack coolset-tokens into dist/coolset-tokens, one file'

.venv/bin/python:
	@if command -v uv >/dev/null 2>&1; then uv venv -q $(if $(PYTHON),--python $(PYTHON),--python '>=3.11,<3.14') .venv; \
	elif [ -z "$(PYTHON)" ]; then echo 'Python 3.11, 3.12 or 3.13 is needed and was not found.' >&2; exit 1; \
	elif ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$(PYTHON) cannot make a virtual environment: install uv, or on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	else $(PYTHON) -m venv .venv; fi

# Sync where uv is there, so that what a lock dropped goes away too; pip only adds.
define install
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python .venv --require-hashes -r $(1); \
	elif $(PY) -m pip --version >/dev/null 2>&1; then $(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
	else echo 'This .venv has no pip and uv is not installed: remove .venv and try again.' >&2; exit 1; fi
	@touch $@
endef

# dev.txt holds all of run.txt, so a tree set up for tests runs as it is.
$(RUN_STAMP): | .venv/bin/python
	@rm -f .venv/.run-*
	$(call install,requirements/run.txt)

$(DEV_STAMP): | .venv/bin/python
	@rm -f .venv/.dev-* .venv/.run-*
	$(call install,requirements/dev.txt)
	@touch $(RUN_STAMP)

setup: $(RUN_STAMP)

# exec: the process that make started is the supervisor, so its signals arrive.
run: $(RUN_STAMP)
	@exec $(PY) manage.py up

demo: $(RUN_STAMP)
	@exec $(PY) manage.py demo

test: $(DEV_STAMP)
	@$(PY) -m tests.machine
	@$(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

check: $(DEV_STAMP)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	DJANGO_SETTINGS_MODULE=coolset_admin.settings.test $(PY) manage.py makemigrations --check --dry-run
	$(PY) scripts/check_migrations.py
	$(PY) scripts/check_leaks.py
	$(PY) scripts/audit.py --check

bench: $(DEV_STAMP)
	@$(PY) -m benchmarks $(ARGS)

faults: $(DEV_STAMP)
	@for run in $$(seq $(RUNS)); do $(PYTEST) -m fault tests/faults --timeout 1800 $(ARGS) || exit; done

lock: $(DEV_STAMP)
	$(PY) -m uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml -o requirements/run.txt
	$(PY) -m uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --extra aws -o requirements/aws.txt
	$(PY) -m uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --group dev -o requirements/dev.txt

# Needs no .venv: the command is of the standard library.
client:
	@$(or $(PYTHON),python3) scripts/client.py

sbom: $(RUN_STAMP)
	@$(PY) scripts/sbom.py

# Needs the network: exits 2 and says so where the service could not be asked.
audit: $(DEV_STAMP)
	@$(PY) scripts/audit.py

# Needs promtool (Debian: apt install prometheus); tests/docs/test_alerts.py does without.
alerts:
	@promtool check rules docs/operations/alerts.yml
	@cd docs/operations && promtool test rules alerts_test.yml
