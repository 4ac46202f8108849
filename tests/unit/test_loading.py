"""What a process loads before it serves: every start waits for it."""

import subprocess
import sys

# Each takes a quarter of a second or more, and only an export, a clustering or a question to the lake needs it.
HEAVY = (
    "adbc_driver_postgresql",
    "deltalake",
    "pandas",
    "pyarrow.dataset",
    "pyspark",
    "scipy.cluster",
    "scipy.stats",
)


def test_the_web_process_loads_no_engine_before_somebody_asks() -> None:
    program = f"import sys, regulars.web; print([name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
