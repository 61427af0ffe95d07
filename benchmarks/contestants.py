"""Who is compared: the pipeline on each engine, and the minimal jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jobs.settings import Settings

Engine = Literal["spark", "sail"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A contestant: its name in files and options, its title in tables, the module that is run, and the engine (NTM_ENGINE) where the module has several."""

    name: str
    title: str
    module: str
    engine: Engine | None = None

    @property
    def is_pipeline(self) -> bool:
        """Whether it is the pipeline, which reads all datasets from its own landing zone and counts every row."""
        return self.module == "pipeline"


MINIMAL_DUCKDB = Contestant("minimal_duckdb", "minimal DuckDB", "minimal_duckdb")
MINIMAL_POLARS = Contestant("minimal_polars", "minimal Polars", "minimal_polars")
MINIMAL_SAIL = Contestant("minimal_sail", "minimal Sail", "minimal_spark", "sail")
MINIMAL_SPARK = Contestant("minimal_spark", "minimal Spark", "minimal_spark", "spark")
PIPELINE_SAIL = Contestant("pipeline_sail", "pipeline on Sail", "pipeline", "sail")
PIPELINE_SPARK = Contestant("pipeline_spark", "pipeline on Spark", "pipeline", "spark")

CONTESTANTS = {one.name: one for one in (MINIMAL_DUCKDB, MINIMAL_POLARS, MINIMAL_SAIL, MINIMAL_SPARK, PIPELINE_SAIL, PIPELINE_SPARK)}
"""By name, in the order in which they run and are shown."""

DEFAULT_ENGINE: Engine = Settings.model_fields["engine"].default
DEFAULT_PIPELINE = next(one for one in CONTESTANTS.values() if one.is_pipeline and one.engine == DEFAULT_ENGINE)
