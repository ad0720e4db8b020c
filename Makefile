# The commands of this repository. `make` alone lists them.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help audit test check lint types layers tests package-test system format reference lock bench clean

help: ## 列出全部命令 / list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

audit: $(VENV)/runtime ## 检测本机并显示结果 / audit this machine and show the result
	@$(BIN)/python scripts/audit.py

test: check tests ## 运行全部检查与测试 / everything that must hold

check: lint types layers ## 静态检查 / the static half of `make test`

lint: $(VENV)/dev ## 代码风格 / style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev ## 类型检查 / mypy --strict
	$(BIN)/mypy

layers: $(VENV)/dev ## 模块依赖 / who may import whom
	$(BIN)/lint-imports

# Simulated networks are timed, so they have the machine to themselves.
tests: $(VENV)/dev system ## 测试 / the test suite; PYTEST="-k name" narrows it
	$(BIN)/python hatch_build.py
	$(BIN)/python -m pytest -n auto -m "not namespaces" $(PYTEST)
	$(BIN)/python -m pytest -m namespaces $(PYTEST)

package-test: $(VENV)/dev ## 安装包的构建与安装（需 root，数分钟） / packages built and installed for real
	$(BIN)/python -m pytest -m package tests/agent/packaging

system: ## 测试所需的系统软件包 / what the tests need of the system
	@sh scripts/system-packages.sh

format: $(VENV)/dev ## 按规范重排代码 / rewrite the code in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: $(VENV)/dev ## 重新生成配置样例与参考文档 / write config.example.yaml and docs/reference again
	$(BIN)/python hatch_build.py
	$(BIN)/python scripts/reference.py

bench: $(VENV)/dev ## 性能对比 / the measured comparisons
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

lock: ## 重新锁定依赖 / resolve the pinned dependencies again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--all-extras --group build pyproject.toml -o constraints.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--all-extras --group build --group dev -c constraints.txt pyproject.toml -o constraints-dev.txt

clean: ## 删除环境与临时状态 / remove the environment and the throw-away state
	rm -rf $(VENV) .campus build dist

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed" >&2; exit 69; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "无法建立虚拟环境；Debian/Ubuntu：apt install python3-venv / cannot create a virtual environment" >&2; exit 69; }

# Hashes are checked for every package; the project itself is then installed without looking anything up.
$(VENV)/runtime: constraints.txt pyproject.toml hatch_build.py $(wildcard locales/*/LC_MESSAGES/*.po) | $(VENV)/bin/python
	@test -f $@ || test -f $(VENV)/dev || echo "正在安装依赖（首次约一分钟） / installing dependencies (about a minute, once)" >&2
	@$(BIN)/python -m pip install -qq --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: constraints-dev.txt $(VENV)/runtime
	@$(BIN)/python -m pip install -qq --require-hashes -r constraints-dev.txt
	@touch $@
