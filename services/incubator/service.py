"""Incubator: what it can be asked, and what it hears. Each method translates and makes one call into the use cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incubator.adapters import queries
from services.incubator.adapters.documents import load_recommendation, load_settings
from services.incubator.usecases.accept_application import accept_application
from services.incubator.usecases.answers import Standing
from services.incubator.usecases.approve_application import approve_application
from services.incubator.usecases.begin_screening import begin_screening
from services.incubator.usecases.close_call import close_call
from services.incubator.usecases.decide_application import decide_application
from services.incubator.usecases.file_objection import file_objection
from services.incubator.usecases.find_ineligible import find_ineligible
from services.incubator.usecases.open_call import open_call
from services.incubator.usecases.pass_screening import pass_screening
from services.incubator.usecases.publish_notice import publish_notice
from services.incubator.usecases.record_funding_answer import record_funding_answer
from services.incubator.usecases.refuse_application import refuse_application
from services.incubator.usecases.resolve_objection import resolve_objection
from services.incubator.usecases.save_draft import save_draft
from services.incubator.usecases.submit_application import submit_application
from services.incubator.usecases.submit_review import submit_review
from services.incubator.usecases.withdraw_application import withdraw_application
from shared.contracts.funding.events import BudgetReserved, ReservationDeclined
from shared.messaging.consumes import EventService, consumes
from shared.messaging.rpc import reading, rpc, text_to
from shared.messaging.subscription import Heard

Plain = dict[str, Any]


def _plain(standing: Standing) -> Plain:
    return {"id": str(standing.id), "state": standing.state, "row_version": standing.row_version}


class IncubatorService(EventService):
    """The service class."""

    name = "incubator"

    # Calls

    @rpc
    def open_call(self, call_id: str, title: str, settings: Mapping[str, Any], by: str) -> Plain:
        """A coordinator opens a call."""
        with reading("settings"):
            given = load_settings({"reviews_required": 3, "notice_working_days": 5, "largest_award_fen": None, **settings})
        return _plain(open_call(self.unit_of_work(), title=title, settings=given, **self._act(call_id=call_id, by=by)))

    @rpc
    def close_call(self, call_id: str, by: str) -> Plain:
        """A coordinator closes a call."""
        return _plain(close_call(self.unit_of_work(), **self._act(call_id=call_id, by=by)))

    # The applicant

    @rpc
    def save_draft(
        self, application_id: str, call_id: str, account_id: str, organisation_id: str, content: Mapping[str, Any], by: str
    ) -> Plain:
        """An applicant, or staff for them, saves a draft."""
        whose = self._act(
            application_id=application_id, call_id=call_id, account_id=account_id, organisation_id=organisation_id, by=by
        )
        return _plain(save_draft(self.unit_of_work(), content=content, **whose))

    @rpc
    def submit_application(self, application_id: str, by: str) -> Plain:
        """An applicant submits."""
        return _plain(submit_application(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    @rpc
    def withdraw_application(self, application_id: str, by: str, why: str = "") -> Plain:
        """An applicant takes it back."""
        return _plain(withdraw_application(self.unit_of_work(), why=why, **self._act(application_id=application_id, by=by)))

    # Acceptance and screening

    @rpc
    def accept_application(self, application_id: str, by: str) -> Plain:
        """A coordinator accepts the file."""
        return _plain(accept_application(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    @rpc
    def refuse_application(self, application_id: str, why: str, by: str) -> Plain:
        """A coordinator refuses the file."""
        return _plain(refuse_application(self.unit_of_work(), why=why, **self._act(application_id=application_id, by=by)))

    @rpc
    def begin_screening(self, application_id: str, by: str) -> Plain:
        """A coordinator takes it up for screening."""
        return _plain(begin_screening(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    @rpc
    def pass_screening(self, application_id: str, by: str) -> Plain:
        """A coordinator finds it eligible."""
        return _plain(pass_screening(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    @rpc
    def find_ineligible(self, application_id: str, why: str, by: str) -> Plain:
        """A coordinator finds it ineligible."""
        return _plain(find_ineligible(self.unit_of_work(), why=why, **self._act(application_id=application_id, by=by)))

    # Review, decision, notice, approval

    @rpc
    def submit_review(
        self, application_id: str, scores: Mapping[str, int], by: str, organisation_id: str | None = None
    ) -> Plain:
        """A reviewer scores."""
        act = self._act(application_id=application_id, by=by)
        own = None if organisation_id is None else text_to(UUID, organisation_id=organisation_id)["organisation_id"]
        return _plain(submit_review(self.unit_of_work(), scores=scores, organisation_id=own, **act))

    @rpc
    def decide_application(
        self, application_id: str, recommended: bool, minutes_number: str, by: str, recommendation: Plain | None = None
    ) -> Plain:
        """A coordinator enters the panel's decision."""
        with reading("recommendation"):
            given = load_recommendation(recommendation)
        decided: dict[str, Any] = {"recommended": recommended, "minutes_number": minutes_number, "recommendation": given}
        return _plain(decide_application(self.unit_of_work(), **decided, **self._act(application_id=application_id, by=by)))

    @rpc
    def publish_notice(self, application_id: str, by: str) -> Plain:
        """A coordinator puts the decision on public notice."""
        return _plain(publish_notice(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    @rpc
    def file_objection(self, application_id: str, why: str, by: str) -> Plain:
        """A coordinator notes an objection."""
        return _plain(file_objection(self.unit_of_work(), why=why, **self._act(application_id=application_id, by=by)))

    @rpc
    def resolve_objection(self, application_id: str, upheld: bool, why: str, by: str) -> Plain:
        """A coordinator enters how an objection was decided."""
        act = self._act(application_id=application_id, by=by)
        return _plain(resolve_objection(self.unit_of_work(), upheld=upheld, why=why, **act))

    @rpc
    def approve_application(self, application_id: str, by: str) -> Plain:
        """A leader approves."""
        return _plain(approve_application(self.unit_of_work(), **self._act(application_id=application_id, by=by)))

    # Reading

    @rpc
    def get_application(self, application_id: str) -> Plain:
        """An application with its time line."""
        with self.store.reading() as connection:
            return queries.application(connection, **text_to(UUID, application_id=application_id))

    # What it hears

    @consumes(BudgetReserved)
    def budget_reserved(self, heard: Heard[BudgetReserved]) -> None:
        """The award's amount is held."""
        self._record(heard, "budget_reserved", heard.data.reserved_at)

    @consumes(ReservationDeclined)
    def reservation_declined(self, heard: Heard[ReservationDeclined]) -> None:
        """The award's amount can't be held."""
        self._record(heard, "reservation_declined", heard.data.declined_at, heard.data.reason)

    def _record(self, heard: Heard[Any], outcome: str, at: datetime, why: str = "") -> None:
        record_funding_answer(
            self.unit_of_work(heard), application_id=heard.data.application_id, outcome=outcome, at=at, why=why
        )

    def _act(self, **ids: str) -> dict[str, Any]:
        return {**text_to(UUID, **ids), "clock": self.clock}
