# Thin on purpose: each target is one line. `make run` and `make test` do all set-up by themselves.
PY := .venv/bin/python

.PHONY: run test check api api-check docs bench clients clean

run: .venv/ready
	@$(PY) -m compileall -q src && exec $(PY) -m sestina start

test: .venv/ready check
	@$(PY) -m pytest -n auto -m "slow and not clients"

clients: .venv/ready
	@$(PY) -m pytest -m clients

check: .venv/ready
	@$(PY) tools/check.py

api: .venv/ready
	@$(PY) tools/generate_api.py

api-check: .venv/ready
	@$(PY) tools/generate_api.py --check

docs: .venv/ready
	@$(PY) tools/generate_docs.py

bench: .venv/ready
	@$(PY) benchmarks/run.py

clean:
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache

.venv/ready: requirements/dev.txt pyproject.toml tools/make_venv.py
	@python3 tools/make_venv.py
