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


def kept(frame: DataFrame) -> DataFrame:
    """Reckon a table now, once, and forget how it came about.

    A plan that holds all earlier steps costs Spark more than the steps themselves. Where the session has a
    checkpoint directory the table survives the loss of an executor.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        What more than one step reads.
    """
    lasting = frame.sparkSession.sparkContext.getCheckpointDir() is not None
    return frame.checkpoint() if lasting else frame.localCheckpoint()
