"""The Spark that linking runs on: the one that is there, or one of its own on this machine."""

from __future__ import annotations

import os
import sys
from typing import Final

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession

from workbench.domain.errors import BadInput

# On this machine nothing listens to the outside.
_LOCAL: Final = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "200000",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
}


class Kept:
    """The tables that Spark keeps while it links, because more than one step reads them."""

    def __init__(self) -> None:
        self._frames: list[DataFrame] = []

    def __call__(self, frame: DataFrame) -> DataFrame:
        """Keep a table."""
        self._frames.append(frame.persist())
        return self._frames[-1]

    def let_go(self) -> None:
        """Let go of all of them."""
        for frame in self._frames:
            frame.unpersist()


def session() -> SparkSession:
    """Give the active session, or start a local one whose workers run this very Python.

    Raises
    ------
    BadInput
        If Spark cannot be started.
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("workbench").master("local[*]")
    for name, value in _LOCAL.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as failed:
        raise BadInput(
            "Spark could not be started on this machine.",
            "Install Java 17 and let JAVA_HOME or the search path lead to it, or link with engine='local'.",
        ) from failed
