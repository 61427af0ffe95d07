"""The one place that makes a Spark session."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jobs.engine.loopback import listen_apart
from jobs.errors import NtmError, RunFailedError, UsageError
from jobs.lock import lock_descriptors
from jobs.log import get_logger
from jobs.machine import full_disk, refused
from jobs.settings import PROJECT_ROOT, Settings, get_settings, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import grpc  # type: ignore[import-untyped]
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client import DefaultChannelBuilder

JARS = PROJECT_ROOT / ".jars"
LOG4J = PROJECT_ROOT / "infra" / "log4j2.properties"
_NOTHING_RELEASED = "nothing was released; the next run starts from the last state that was whole"
_ENGINE_FAILED = (
    "the engine failed: {}; " + _NOTHING_RELEASED + " (a JVM that broke down says why in logs/spark.log, Sail on stderr with RUST_LOG=warn)"
)
_LOOPBACK = "127.0.0.1"
_OPEN_ENGINE = (
    "this machine allows no network namespace, so other users of it can reach the engine on loopback while the run lasts,"
    " and with it all that this user can read; run where nobody else has an account, or see docs/engines.md"
)
_CONNECT_OPTIONS = {"spark.sql.session.timeZone": "UTC"}
"""What values depend on: a server has a zone of its own."""
# What the JVM has to say about itself (an archive that it refuses) goes with the rest of its words.
_JVM_OPTIONS = "-XX:+UseParallelGC -Duser.timezone=UTC -Xlog:disable -Xlog:all=warning:stderr"


def get_session(settings: Settings) -> SparkSession:
    """The session of this process: Sail (`NTM_ENGINE=sail`), Spark in process (`local[*]`), or a Spark Connect server (`NTM_SPARK_REMOTE`).

    Raises:
        UsageError: the Delta JARs are not there (`make setup-spark` fetches them).
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    if settings.spark_remote:
        return _with_options(SparkSession.builder.remote(settings.spark_remote).getOrCreate(), _CONNECT_OPTIONS)
    if settings.engine == "sail":
        return _sail_session()
    jars = sorted(JARS.glob("*.jar"))
    if not jars:
        raise UsageError("Delta's JARs are missing from .jars: run `make setup-spark`")
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    if SparkContext._active_spark_context is None:
        options = {"spark.app.name": "ntm", "spark.master": settings.spark_master} | _local_options(settings, jars)
        conf = SparkConf(loadDefaults=False).setAll(list(options.items()))
        if SparkContext._gateway is None:
            # The JVM's own words go to a file: to a person at a terminal they say nothing.
            with _jvm_log(settings).open("ab") as log:
                gateway = launch_gateway(conf, {"stderr": log, "pass_fds": lock_descriptors()})  # type: ignore[no-untyped-call]
        else:
            gateway = None
        SparkContext(conf=conf, gateway=gateway)
    return SparkSession.builder.getOrCreate()


def session_for_sets(settings: Settings) -> SparkSession:
    """A new session beside that of this process, on the same Spark and with its options: relations have names of their own in it."""
    session = get_session(settings)
    if settings.spark_remote:
        return session.cloneSession()  # type: ignore[attr-defined, no-any-return]
    from pyspark.sql.session import SparkSession as InProcess

    # PySpark has the copy of a session for a server alone; the one that it makes new has none of its options.
    return InProcess(session.sparkContext, session._jsparkSession.cloneSession())


def _sail_session() -> SparkSession:
    """Sail in this process: a Spark Connect server that nobody else reaches (`jobs/engine/loopback.py`) and that ends with the process."""
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    # gRPC would ask a proxy of the environment for 127.0.0.1 too.
    direct = (os.environ.get("no_grpc_proxy") or os.environ.get("no_proxy") or "").split(",")  # noqa: SIM112  lower case is what gRPC reads
    os.environ["no_grpc_proxy"] = ",".join(dict.fromkeys([*filter(None, direct), _LOOPBACK]))  # noqa: SIM112
    # As `SparkSession.builder.remote` does: PySpark's functions ask here which kind of session they work for.
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    session = ConnectSession.builder.channelBuilder(_channel_builder(_sail_target())).getOrCreate()
    return _with_options(cast("SparkSession", session), _CONNECT_OPTIONS)


def _channel_builder(target: str) -> DefaultChannelBuilder:
    """What makes Spark's client connect to an address of gRPC's, such as `unix:/…`, for which `sc://` has no form."""
    from pyspark.sql.connect.client import ChannelBuilder

    class ToTarget(ChannelBuilder):
        host = _LOOPBACK

        def toChannel(self) -> grpc.Channel:  # noqa: N802  PySpark's name
            return self._insecure_channel(target)

    # Of a Unix socket gRPC would send its path, which is no authority to Sail.
    return cast("DefaultChannelBuilder", ToTarget([("grpc.default_authority", _LOOPBACK)]))


def _with_options(session: SparkSession, options: Mapping[str, str]) -> SparkSession:
    for name, value in options.items():
        session.conf.set(name, value)
    return session


@cache
def _sail_target() -> str:
    """Start Sail; the address that its client connects to."""
    # It would write to this process's stderr, and what it says of an error can quote values of rows.
    os.environ.setdefault("RUST_LOG", "off")
    from pysail.spark import SparkConnectServer

    # Made here, so that its workers stay in the machine's network; only the thread that makes it listen has one of its own.
    server = SparkConnectServer(_LOOPBACK, 0)

    def listen() -> tuple[str, int]:
        server.start(background=True)
        address: tuple[str, int] = server.listening_address
        return address

    door = listen_apart(listen)
    atexit.register(server.stop)
    if door is not None:
        return f"unix:{door}"
    get_logger().warning("engine open", reason=_OPEN_ENGINE)
    host, port = listen()
    return f"{host}:{port}"


def sail_is_private() -> bool:
    """Whether nobody but this process reaches its Sail, which is started where it does not run yet."""
    return _sail_target().startswith("unix:")


def _jvm_log(settings: Settings) -> Path:
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "spark.log"


@contextmanager
def engine_errors_named() -> Iterator[None]:
    """Tell an error of Spark, DuckDB or Delta in one sentence without its text, which can quote values of rows.

    Raises:
        RunFailedError: in place of the engine's error.
    """
    import duckdb
    import pyarrow as pa
    from deltalake.exceptions import DeltaError
    from google.protobuf.message import Error as ProtocolError  # type: ignore[import-untyped]
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        with _refusals_named():
            yield
    except PySparkException as error:
        raise RunFailedError(_ENGINE_FAILED.format(error.getCondition() or type(error).__name__)) from None
    except (Py4JError, ProtocolError, RecursionError) as error:
        raise RunFailedError(_ENGINE_FAILED.format(type(error).__name__)) from None
    except (DeltaError, duckdb.Error, pa.ArrowException) as error:
        raise RunFailedError(f"{type(error).__name__} at {_place_of(error)}; {_NOTHING_RELEASED}") from None


@contextmanager
def _refusals_named() -> Iterator[None]:
    try:
        yield
    except NtmError:
        raise
    except Exception as error:
        settings = get_settings()
        told = full_disk(error, filter(None, (settings.home, path_of(settings.warehouse_url)))) or refused(error)
        if told is None:
            raise
        raise RunFailedError(f"{told}; {_NOTHING_RELEASED}") from None


def _place_of(error: Exception) -> str:
    """Where in the project's steps an error was met; what runs queries for all of them says less."""
    steps = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    ours = [frame for frame in steps if frame.filename.startswith(str(PROJECT_ROOT / "jobs"))]
    asking = [frame for frame in ours if not frame.filename.startswith(str(PROJECT_ROOT / "jobs" / "engine"))]
    frame = (asking or ours or steps)[-1]
    return f"{Path(frame.filename).name}, line {frame.lineno}"


def _local_options(settings: Settings, jars: list[Path]) -> dict[str, str]:
    scratch = settings.home / "tmp"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made by `make setup-spark`. A JVM that it does not fit starts without it; one that is cut short would end the JVM, so the stamp tells its size.
    archive, stamp = JARS / "spark.jsa", JARS / "spark.stamp"
    is_whole = archive.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii").endswith(f" {archive.stat().st_size}")
    shared_classes = f' -Xshare:auto "-XX:SharedArchiveFile={archive}"' if is_whole else ""
    return {
        "spark.jars": ",".join(str(jar) for jar in jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "spark-warehouse"),
        "spark.local.dir": str(scratch),
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": f'{_JVM_OPTIONS} "-Dlog4j2.configurationFile={LOG4J}" "-Djava.io.tmpdir={scratch}"{shared_classes}',
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.databricks.delta.snapshotPartitions": "2",
        # The JVM runs a method of more than 8,000 bytes of bytecode as an interpreter would, and a contract's expressions fused into one are more; fusing
        # equal parts makes such methods again. Judging a work record took 88 µs of a core as it comes, 36 µs so.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.sql.subexpressionElimination.enabled": "false",
        # Asks the JVM for each function call where in Python it stands: most of the time that building a plan takes.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
    }
