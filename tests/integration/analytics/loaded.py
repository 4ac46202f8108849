"""What the processes of the tests need, loaded once."""

import adbc_driver_postgresql.dbapi
import deltalake
import duckdb

import regulars.analytics.tending
import regulars.app
import tests.integration.analytics.lake_of

__all__ = ["adbc_driver_postgresql", "deltalake", "duckdb", "regulars", "tests"]
