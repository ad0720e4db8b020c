"""A machine for which some packages have no build (loongarch64): less is measured, and it says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HIDE = """
from importlib.machinery import PathFinder
real = PathFinder.find_spec
def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] in {hidden} else real(name, path, target)
PathFinder.find_spec = find_spec
"""


def agent(hidden: str, state: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """The command with packages hidden from it and from the processes of its checks (``sitecustomize``)."""
    site = state.parent / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(HIDE.format(hidden=set(hidden.split(","))))
    environ = {**os.environ, "CAMPUS_STATE": str(state), "CAMPUS_LANG": "en", "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "agent", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=ROOT)


@pytest.mark.parametrize("hidden", ["cryptography", "yaml", "cryptography,yaml"])
def test_a_run_ends_well_and_every_check_says_how_it_went(hidden: str, tmp_path: Path) -> None:
    done = agent(hidden, tmp_path / "state", "run", "--no-deliver", "--json", "--only", "host,wired")
    assert done.returncode == 0, done.stderr
    runs = {run["check"]: run for run in json.loads(done.stdout)["runs"]}
    assert {"host", "wired"} <= set(runs)
    for name in ("host", "wired"):
        assert runs[name]["status"] == "ok" or runs[name]["reason"]["code"], runs[name]


def test_doctor_names_what_is_missing_and_what_it_costs(tmp_path: Path) -> None:
    done = agent("cryptography,yaml", tmp_path / "state", "doctor", "--json")
    assert done.returncode == 77, done.stderr
    found = [item["message"] for item in json.loads(done.stdout)["findings"] if item["area"] == "parts"]
    assert [item["params"]["package"] for item in found] == ["PyYAML", "cryptography"]


def test_a_configuration_in_json_does_without_yaml(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps({"agent": {"state_folder": "elsewhere", "checks": {"host": {"enabled": False}}}}))
    done = agent("yaml", tmp_path / "state", "run", "--no-deliver", "--json", "--only", "host", "--config", str(path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"][0]["check"]
    assert (tmp_path / "elsewhere" / "history").is_dir()


@pytest.mark.parametrize("text", ["agent: {history_files: 3}", '{"agent": {"history_files": "many"}}'])
def test_a_configuration_that_cannot_be_read_without_yaml_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    done = agent("yaml", tmp_path / "state", "doctor", "--config", str(path))
    assert done.returncode == 78
    assert str(path) in done.stderr


def test_a_preview_without_yaml_says_what_is_missing(tmp_path: Path) -> None:
    kind = tmp_path / "config.yaml"
    kind.write_text('{"agent": {"school": {"kind": "初中"}}}', encoding="utf-8")
    done = agent("yaml", tmp_path / "state", "preview", "--config", str(kind))
    assert done.returncode == 78
    assert "PyYAML" in done.stderr
