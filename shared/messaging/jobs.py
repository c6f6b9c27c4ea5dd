"""Heavy work off the hub: a job is a row, committed with what asked for it, and run by a subprocess.

The work is a plain function `module:function` that takes and returns JSON. Its result is handed to the service inside a
transaction, with the row's closing. A job whose process died is run again when its lease is over, a few times.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shared.kernel.identifiers import new_id
from shared.messaging.failures import Contended, StoreAway
from shared.messaging.store import Store, Transaction
from shared.messaging.tables import jobs

log = logging.getLogger(__name__)

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LONGEST = timedelta(minutes=10)
ATTEMPTS = 3


@dataclass(frozen=True)
class Work:
    """What a kind of job runs, and what the service does with its result, in the transaction that closes the job."""

    function: str
    on_done: Callable[[Transaction, UUID, Any], None]


def enqueue(transaction: Transaction, work: str, arguments: Any) -> UUID:
    """Ask for a job; it exists if the transaction commits. `arguments` must be JSON values. Returns the job's id."""
    job_id = new_id()
    transaction.connection.execute(
        sa.insert(jobs).values(
            id=str(job_id),
            work=work,
            arguments=arguments,
            state=WAITING,
            attempts=0,
            created_at=transaction.store.clock.now(),
        )
    )
    return job_id


class JobRunner:
    """Runs the jobs of one store, one at a time, until stopped."""

    def __init__(self, store: Store, works: Mapping[str, Work], *, poll: float = 0.5) -> None:
        self._store = store
        self._works = works
        self._poll = poll
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask `run` to end after the job in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Run jobs as they come. When the store is away it waits for it."""
        while not self._stopping.is_set():
            try:
                worked = self.run_next()
            except (StoreAway, Contended, DBAPIError) as error:
                log.warning("jobs of %s pause: %s", self._store.service, error)
                worked = False
            if not worked:
                self._stopping.wait(self._poll)

    def run_next(self) -> bool:
        """Run the oldest job that waits, or whose process died; False if there is none."""
        job = self._claim()
        if job is None:
            return False
        if job.attempts > ATTEMPTS:
            self._close(job.id, FAILED, error="its process died each time")
            return True
        outcome = run_in_subprocess(self._works[job.work].function, job.arguments)
        if outcome.error is not None:
            self._close(job.id, FAILED, error=outcome.error)
        else:
            self._close(job.id, DONE, result=outcome.result, on_done=self._works[job.work].on_done)
        return True

    def _claim(self) -> sa.Row[Any] | None:
        now = self._store.clock.now()
        free = sa.or_(jobs.c.state == WAITING, jobs.c.leased_until < now)
        oldest = (
            sa.select(jobs.c.id)
            .where(jobs.c.finished_at.is_(None), free, jobs.c.work.in_(self._works))
            .order_by(jobs.c.created_at, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._store.transaction() as transaction:
            found = transaction.connection.execute(oldest).scalar_one_or_none()
            if found is None:
                return None
            return transaction.connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == found)
                .values(state=RUNNING, attempts=jobs.c.attempts + 1, leased_until=now + 2 * LONGEST)
                .returning(jobs.c.id, jobs.c.work, jobs.c.arguments, jobs.c.attempts)
            ).one()

    def _close(
        self,
        job_id: str,
        state: str,
        *,
        result: Any = None,
        error: str | None = None,
        on_done: Callable[[Transaction, UUID, Any], None] | None = None,
    ) -> None:
        with self._store.transaction() as transaction:
            closed = transaction.connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job_id, jobs.c.finished_at.is_(None))
                .values(state=state, result=result, error=error, finished_at=self._store.clock.now(), leased_until=None)
            )
            if closed.rowcount and on_done is not None:
                on_done(transaction, UUID(job_id), result)


@dataclass(frozen=True)
class Outcome:
    """What a subprocess came to: a result, or an error in words."""

    result: Any = None
    error: str | None = None


def run_in_subprocess(function: str, arguments: Any) -> Outcome:
    """Call `module:function` with JSON arguments in a process of its own, for at most LONGEST."""
    command = [sys.executable, "-m", "shared.messaging.job_process", function]
    try:
        done = subprocess.run(
            command, input=json.dumps(arguments).encode(), capture_output=True, timeout=LONGEST.total_seconds(), check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(error=f"took longer than {LONGEST}")
    if done.returncode:
        return Outcome(error=done.stderr.decode(errors="replace")[-1000:] or f"exit status {done.returncode}")
    return Outcome(result=json.loads(done.stdout))
