"""A frame of a Spark session that is open already as a batch of Great Expectations."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame


@contextmanager
def batch_of_frame(context: Any, name: str, rows: DataFrame) -> Iterator[Any]:
    """A frame as a batch of a data source, which goes at the end; the session stays."""
    source = context.data_sources.add_spark(name, force_reuse_spark_context=True, persist=False)
    try:
        asset = source.add_dataframe_asset(name=name)
        yield asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": rows})
    finally:
        context.data_sources.delete(name)
