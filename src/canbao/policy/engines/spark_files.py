"""The parts that Spark wrote, as one file in their order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from .local import sink

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def joined(spark: SparkSession, parts: Path, path: Path) -> Path:
    """One file of all parts. Parquet is joined by whole row groups, which are neither decoded nor coded again."""
    files = sorted(parts.glob("part-*.parquet"))
    if path.suffix == ".csv":
        sink(pl.scan_parquet(files, glob=False), path, path.suffix)
        return path
    java = spark.sparkContext._jvm
    assert java is not None
    parquet = java.org.apache.parquet
    sources = [parquet.io.LocalInputFile(java.java.io.File(str(file)).toPath()) for file in files]
    with_schema = parquet.hadoop.ParquetFileReader.open(sources[0])
    schema = with_schema.getFooter().getFileMetaData().getSchema()
    with_schema.close()
    writer = parquet.hadoop.ParquetFileWriter(
        parquet.io.LocalOutputFile(java.java.io.File(str(path)).toPath()),
        schema,
        parquet.hadoop.ParquetFileWriter.Mode.OVERWRITE,
        2**27,
        0,
    )
    writer.start()
    for source in sources:
        writer.appendFile(source)
    writer.end(java.java.util.HashMap())
    return path
