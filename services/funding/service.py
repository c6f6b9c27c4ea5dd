"""Funding: what it can be asked, and what it hears. Each method translates and makes one call into the use cases."""

from typing import Any
from uuid import UUID

from services.funding.adapters import queries
from services.funding.domain.reservation import Recommended
from services.funding.usecases.allocate_budget import allocate_budget
from services.funding.usecases.close_budget_line import close_budget_line
from services.funding.usecases.release_reservation import release_reservation
from services.funding.usecases.request_again import request_again
from services.funding.usecases.reserve_budget import reserve_budget
from shared.contracts.incubator.events import ApplicationWithdrawn, AwardRecommended
from shared.kernel.identifiers import new_id
from shared.kernel.money import Fen
from shared.messaging.consumes import EventService, consumes
from shared.messaging.rpc import rpc, text_to
from shared.messaging.subscription import Heard

Plain = dict[str, Any]


class FundingService(EventService):
    """The service class."""

    name = "funding"

    # The budget

    @rpc
    def allocate_budget(self, line_id: str, fund_id: str, year: int, line_name: str, amount_fen: int) -> Plain:
        """The finance office puts money into a line."""
        ids = text_to(UUID, line_id=line_id, fund_id=fund_id)
        available = allocate_budget(
            self.unit_of_work(), year=year, name=line_name, amount=Fen(amount_fen), clock=self.clock, **ids
        )
        return {"available_fen": available}

    @rpc
    def close_budget_line(self, line_id: str) -> None:
        """The finance office closes a line."""
        close_budget_line(self.unit_of_work(), **text_to(UUID, line_id=line_id))

    @rpc
    def request_again(self, reservation_id: str, by: str) -> Plain:
        """A finance officer asks again after adding to the budget."""
        reservation = request_again(
            self.unit_of_work(), clock=self.clock, **text_to(UUID, reservation_id=reservation_id, by=by)
        )
        return {"id": str(reservation.id), "state": reservation.state, "row_version": reservation.row_version}

    # Reading

    @rpc
    def get_budget_line(self, line_id: str) -> Plain:
        """A line with its balances."""
        with self.store.reading() as connection:
            return queries.budget_line(connection, **text_to(UUID, line_id=line_id))

    @rpc
    def get_reservation(self, application_id: str) -> Plain:
        """What is reserved for an application."""
        with self.store.reading() as connection:
            return queries.reservation_for(connection, **text_to(UUID, application_id=application_id))

    # What it hears

    @consumes(AwardRecommended)
    def award_recommended(self, heard: Heard[AwardRecommended]) -> None:
        """Reserve the recommended amount or decline."""
        data = heard.data
        recommended = Recommended(
            application_id=data.application_id,
            account_id=data.account_id,
            organisation_id=data.organisation_id,
            call_id=data.call_id,
            call_version=data.call_version,
            award_kind=data.award_kind,
            amount=Fen(data.amount_fen),
            budget_line_id=data.budget_line_id,
            minutes_number=data.minutes_number,
        )
        reserve_budget(
            self.unit_of_work(heard), reservation_id=new_id(), recommended=recommended, clock=self.clock
        )

    @consumes(ApplicationWithdrawn)
    def application_withdrawn(self, heard: Heard[ApplicationWithdrawn]) -> None:
        """Release what was reserved for it."""
        release_reservation(
            self.unit_of_work(heard),
            application_id=heard.data.application_id,
            why="application_withdrawn",
            clock=self.clock,
        )
