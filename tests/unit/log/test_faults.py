"""Whose fault an error is: the event's, the moment's or the code's."""

import psycopg
import pytest

from regulars.kernel import Fault, Unavailable
from regulars.log.faults import is_of_the_data, is_passing, reason_of


@pytest.mark.parametrize(
    "fault",
    [
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.SerializationFailure(),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.QueryCanceled(),
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.DiskFull(),
        psycopg.OperationalError("server closed the connection unexpectedly"),
        psycopg.InterfaceError("the connection is closed"),
        ConnectionResetError(),
        Unavailable("no"),
    ],
)
def test_a_fault_of_the_moment_passes_and_is_never_the_events(fault):
    assert is_passing(fault)
    assert not is_of_the_data(fault)


@pytest.mark.parametrize(
    "fault", [psycopg.errors.NumericValueOutOfRange(), psycopg.errors.CheckViolation(), KeyError("total")]
)
def test_a_fault_of_the_data_can_be_one_events(fault):
    assert is_of_the_data(fault)
    assert not is_passing(fault)


@pytest.mark.parametrize("fault", [psycopg.errors.UndefinedTable(), Fault("broken"), KeyboardInterrupt()])
def test_a_fault_of_the_code_is_neither(fault):
    assert not is_of_the_data(fault)
    assert not is_passing(fault)


def test_a_reason_is_one_line_that_can_be_stored():
    assert reason_of(ValueError("a\n b\0\ud800")) == "ValueError: a b\\0\\ud800"
