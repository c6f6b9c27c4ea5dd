"""Calls and applications in the store."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.incubator.adapters import documents
from services.incubator.adapters.tables import applications, call_versions, calls, history, reviews
from services.incubator.domain.application import Application
from services.incubator.domain.call import Call
from services.incubator.domain.review import Review
from services.incubator.domain.rules import AlreadyApplied
from shared.kernel.errors import NotFound
from shared.kernel.history import Change
from shared.messaging.rows import save_row


class SqlCalls:
    """The calls. `saved` holds, in order, those whose events are still to be said."""

    def __init__(self, connection: sa.Connection, saved: list[Any]) -> None:
        self._connection = connection
        self._saved = saved

    def get(self, call_id: UUID) -> Call:
        """The call as it is in force. Raises NotFound."""
        call = self.find(call_id)
        if call is None:
            raise NotFound(call_id=str(call_id))
        return call

    def find(self, call_id: UUID) -> Call | None:
        """The call as it is in force, or None."""
        row = self._connection.execute(sa.select(calls).where(calls.c.id == call_id)).one_or_none()
        return None if row is None else self._with_settings(row, row.version)

    def get_version(self, call_id: UUID, version: int) -> Call:
        """The call with the settings of one version. Raises NotFound."""
        row = self._connection.execute(sa.select(calls).where(calls.c.id == call_id)).one_or_none()
        if row is None:
            raise NotFound(call_id=str(call_id))
        return self._with_settings(row, version)

    def save(self, call: Call) -> None:
        """Keep a call, and its settings if they are a new version. Raises ConcurrentUpdate."""
        values = {"title": call.title, "state": call.state, "version": call.version}
        save_row(self._connection, calls, call, values)
        written = self._connection.execute(
            sa.update(call_versions)
            .where(call_versions.c.call_id == call.id, call_versions.c.version == call.version)
            .values(settings=documents.dump_settings(call.settings))
        )
        if not written.rowcount:
            settings = documents.dump_settings(call.settings)
            self._connection.execute(
                sa.insert(call_versions).values(call_id=call.id, version=call.version, settings=settings)
            )
        _append_history(self._connection, call.id, call.history)
        self._saved.append(call)

    def _with_settings(self, row: sa.Row[Any], version: int) -> Call:
        settings = self._connection.execute(
            sa.select(call_versions.c.settings).where(
                call_versions.c.call_id == row.id, call_versions.c.version == version
            )
        ).scalar_one_or_none()
        if settings is None:
            raise NotFound(call_id=str(row.id), version=version)
        return Call(row.id, row.title, documents.load_settings(settings), row.state, version, row.row_version)


class SqlApplications:
    """The applications. `saved` holds, in order, those whose events are still to be said."""

    def __init__(self, connection: sa.Connection, saved: list[Any]) -> None:
        self._connection = connection
        self._saved = saved

    def get(self, application_id: UUID) -> Application:
        """The application. Raises NotFound."""
        application = self.find(application_id)
        if application is None:
            raise NotFound(application_id=str(application_id))
        return application

    def find(self, application_id: UUID) -> Application | None:
        """The application, or None."""
        row = self._connection.execute(sa.select(applications).where(applications.c.id == application_id)).one_or_none()
        if row is None:
            return None
        return Application(
            id=row.id,
            call_id=row.call_id,
            account_id=row.account_id,
            organisation_id=row.organisation_id,
            entered_by=row.entered_by,
            content=row.content,
            state=row.state,
            call_version=row.call_version,
            receipt_number=row.receipt_number,
            screened_by=row.screened_by,
            reviews=self._reviews(application_id),
            decision=documents.load_decision(row.decision),
            notice=documents.load_notice(row.notice),
            row_version=row.row_version,
        )

    def save(self, application: Application) -> None:
        """Keep an application. Raises ConcurrentUpdate or AlreadyApplied."""
        values = {
            name: getattr(application, name)
            for name in ("call_id", "call_version", "account_id", "organisation_id", "entered_by", "screened_by")
        }
        values |= {
            "receipt_number": application.receipt_number,
            "state": application.state,
            "content": dict(application.content),
            "decision": documents.dump_decision(application.decision),
            "notice": documents.dump_notice(application.notice),
        }
        try:
            save_row(self._connection, applications, application, values)
        except IntegrityError as error:
            if "uq_applications_live" in str(error.orig) or "applications.call_id" in str(error.orig):
                raise AlreadyApplied(call_id=str(application.call_id)) from error
            raise
        self._add_reviews(application)
        _append_history(self._connection, application.id, application.history)
        self._saved.append(application)

    def _reviews(self, application_id: UUID) -> list[Review]:
        query = sa.select(reviews).where(reviews.c.application_id == application_id).order_by(reviews.c.at)
        return [Review(row.reviewer_id, row.at, row.scores) for row in self._connection.execute(query)]

    def _add_reviews(self, application: Application) -> None:
        known = {review.reviewer_id for review in self._reviews(application.id)} if application.reviews else set()
        rows = [
            {"application_id": application.id, "reviewer_id": each.reviewer_id, "at": each.at, "scores": dict(each.scores)}
            for each in application.reviews
            if each.reviewer_id not in known
        ]
        if rows:
            self._connection.execute(sa.insert(reviews), rows)


def _append_history(connection: sa.Connection, aggregate_id: UUID, changes: list[Change]) -> None:
    if changes:
        connection.execute(sa.insert(history), [{"aggregate_id": aggregate_id, **asdict(change)} for change in changes])
        changes.clear()


def history_of(connection: sa.Connection, aggregate_id: UUID) -> Sequence[Change]:
    """All changes of an aggregate, the first first."""
    query = sa.select(history).where(history.c.aggregate_id == aggregate_id).order_by(history.c.id)
    return [Change(row.at, row.by, row.command, row.before, row.after, row.why) for row in connection.execute(query)]
