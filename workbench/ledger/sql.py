"""The ledger and what follows from it, asked for in SQL; nothing that is asked can change anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.domain.errors import BadInput


def query(
    ledger: Path, tables: Mapping[str, pd.DataFrame], sql: str, parameters: Mapping[str, Any]
) -> pd.DataFrame:
    """Answer a question in SQLite's SQL.

    Parameters
    ----------
    ledger : Path
        The ledger's file; its own tables stand under ``ledger``, such as ``ledger.entries``.
    tables : mapping
        Frames that stand beside it, by the names under which they are asked for.
    sql : str
        One statement.
    parameters : mapping
        What it names as ``:name``.

    Raises
    ------
    BadInput
        If it is no statement that reads, or cannot be answered.
    """
    with closing(sqlite3.connect(":memory:", uri=True)) as connection:
        for name, frame in tables.items():
            pd.DataFrame(frame).astype(object).to_sql(name, connection, index=False)
        connection.execute("ATTACH ? AS ledger", (f"{ledger.resolve().as_uri()}?mode=ro",))
        connection.execute("PRAGMA query_only = ON")
        try:
            return pd.read_sql_query(sql, connection, params=dict(parameters), dtype_backend="pyarrow")
        except (pd.errors.DatabaseError, sqlite3.Error, TypeError) as error:
            cause = error.__cause__ or error
            raise BadInput(f"This cannot be asked: {cause}.", "Write one SELECT over the tables.") from None
