"""Spark over the files of the lake, for what one machine cannot; the same statements, equal results."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from regulars.analytics.engine import (
    PEOPLE,
    EngineMissing,
    Mask,
    Relation,
    StatementRefused,
    view,
)
from regulars.analytics.faults import LakeDamaged
from regulars.analytics.place import Place

Spark = Any  # The library is not there in every installation.
ERROR_SIGNS_MAX = 600
# Without these, numbers, instants and names would not mean what they mean in the other engine.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.runSQLOnFiles": "false",  # A statement reads the lake and no other file.
}
START = {
    "spark.app.name": "regulars",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
ON_THIS_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",  # Of 200, most would be empty.
}
# As a word, for between a name and its bracket may stand quotes and comments.
CALLS_JAVA = re.compile(r"\b(reflect|java_method|try_reflect)\b", re.IGNORECASE)
# Nodes of a plan that write or run programs without being commands.
WRITES = frozenset({"InsertIntoDir", "ScriptTransformation"})
PLAN = "org.apache.spark.sql.catalyst.plans.logical.LogicalPlan"
COMMANDS = (
    "org.apache.spark.sql.catalyst.plans.logical.Command",
    "org.apache.spark.sql.catalyst.plans.logical.ParsedStatement",
)


class SparkEngine:
    name = "spark"

    def __init__(self, spark: Spark) -> None:
        self._spark = spark

    def ask(self, statement: str, params: Mapping[str, Any] | None = None) -> pa.RecordBatchReader:
        from py4j.protocol import Py4JJavaError  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            text = only_reading(self._spark, statement)
            return self._spark.sql(text, args=dict(params or {}) or None).toArrow().to_reader()
        except (PySparkException, Py4JJavaError) as cause:
            raise fault(cause) from cause


@contextmanager
def session(master: str = "local[*]", place: Place | None = None) -> Iterator[Spark]:
    """A session at this master that reaches this place; raises EngineMissing without Spark or Java."""
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as cause:
        raise EngineMissing(
            "Spark is not installed. Install it with pip install 'regulars[spark]', and Java 17; "
            "DuckDB answers the same without it."
        ) from cause
    builder = SparkSession.builder.master(master)
    settings = START | SETTINGS | _store(place)
    if master.startswith("local"):
        settings |= ON_THIS_MACHINE
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as cause:
        raise EngineMissing(
            "Spark could not be started: it takes Java 17 or 21. Install it (openjdk-17-jre-headless), or "
            f"name it in JAVA_HOME. It said: {told(cause)}"
        ) from cause
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def open_spark(
    relations: Sequence[Relation],
    people: pa.Table,
    *,
    place: Place | None = None,
    contacts: bool = False,
    personal: frozenset[str] = frozenset(),
    master: str = "local[*]",
    copies: Mapping[str, pa.Table] | None = None,
) -> Iterator[SparkEngine]:
    """An engine over these tables; contact details and `personal` traits are masked without `contacts`.

    `copies` are there by their names as they are.
    """
    with session(master, place) as spark:
        for name, copied in (copies or {}).items():
            spark.createDataFrame(copied).createOrReplaceTempView(name)
        yield over(spark, relations, people, contacts=contacts, personal=personal)


def _store(place: Place | None) -> dict[str, str]:
    """How Hadoop's client comes to a store that speaks S3; Spark itself must bring that client."""
    if place is None or not place.is_remote:
        return {}
    known = {
        "access.key": place.options.get("AWS_ACCESS_KEY_ID"),
        "secret.key": place.options.get("AWS_SECRET_ACCESS_KEY"),
        "endpoint": place.options.get("AWS_ENDPOINT_URL"),
        "endpoint.region": place.options.get("AWS_REGION"),
        "path.style.access": "true" if place.options.get("AWS_ENDPOINT_URL") else None,
    }
    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in known.items() if value}


def over(
    spark: Spark,
    relations: Sequence[Relation],
    people: pa.Table,
    *,
    contacts: bool = False,
    personal: frozenset[str] = frozenset(),
) -> SparkEngine:
    """The tables as temporary views of a session that is there, which gets the settings they take."""
    mask = None if contacts else Mask(personal=personal, group="$1", flags="", literal=_text)
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    known = spark.createDataFrame(people)
    for name in (PEOPLE, "persons"):
        known.createOrReplaceTempView(name)
    for relation in relations:
        _add(spark, relation, mask)
    if mask is not None:
        # What the views are over is part of them now; by names of its own it would show what is masked.
        hidden = [name for relation in relations for name in _behind(relation)]
        for name in (*hidden, PEOPLE):
            spark.catalog.dropTempView(name)
    return SparkEngine(spark)


def _add(spark: Spark, relation: Relation, mask: Mask | None) -> None:
    files, hot = _behind(relation)
    recent = spark.createDataFrame(relation.hot.cast(relation.schema))
    recent.createOrReplaceTempView(hot)
    stored = recent.limit(0)
    if relation.files:
        # With the schema given, a column that a file lacks is null, and no file is opened to look.
        paths = [re.sub(r"^s3://", "s3a://", uri) for uri in relation.files]
        stored = spark.read.schema(recent.schema).parquet(*paths)
    stored.createOrReplaceTempView(files)
    shown = relation.schema.names
    if mask is not None:
        shown = [mask.column(relation, name) for name in shown]
    selected = view(relation, files=files, hot=hot, shown=shown)
    spark.sql(selected).createOrReplaceTempView(relation.name)


def _behind(relation: Relation) -> tuple[str, str]:
    """The names of what the view is over: its files, and what is not in them yet."""
    return f"lake_files_{relation.name}", f"lake_hot_{relation.name}"


def only_reading(spark: Spark, statement: str) -> str:
    """The statement without its end sign; raises StatementRefused when it would do more than read."""
    text = statement.strip().rstrip(";").strip()
    if CALLS_JAVA.search(text):
        raise StatementRefused("Functions that call into Java are not run here.")
    plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(text)  # noqa: SLF001
    loader = spark._jvm.java.lang.Class  # noqa: SLF001
    commands = [loader.forName(name) for name in COMMANDS]
    is_plan = loader.forName(PLAN)
    waiting = [plan]
    while waiting:
        node = waiting.pop()
        if node.nodeName() in WRITES or any(command.isInstance(node) for command in commands):
            raise StatementRefused(
                f"Only what reads is run here, such as SELECT and WITH; this is {node.nodeName()}."
            )
        # Of a WITH and of an expression what is inside is no child.
        for found in (node.children(), node.innerChildren(), node.subqueries()):
            inner = [found.apply(place) for place in range(found.size())]
            waiting += [one for one in inner if is_plan.isInstance(one)]
    return text


def fault(cause: Exception) -> StatementRefused | LakeDamaged:
    said = told(cause)
    if "FAILED_READ_FILE" in said or "FileNotFoundException" in said:
        return LakeDamaged(f"A file of the lake cannot be read ({said}). `regulars lake status` says more.")
    if "ClassNotFoundException" in said and "s3a" in said:
        said = f"Spark lacks hadoop-aws, by which it reads s3://; name it in spark.jars.packages. {said}"
    return StatementRefused(said)


def told(cause: Exception) -> str:
    """What Spark says of a statement, without the way through its code."""
    said = str(cause).strip().split("\n\nJVM stacktrace")[0].split("\n\tat ")[0]
    return said[:ERROR_SIGNS_MAX]


def _text(value: str) -> str:
    """A text as a literal; Spark reads a backslash in it as an escape."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
