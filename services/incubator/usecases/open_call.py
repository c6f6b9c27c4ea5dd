"""A coordinator opens a call."""

from uuid import UUID

from services.incubator.domain.call import Call, CallSettings
from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import IdUsedOtherwise


def open_call(
    unit_of_work: UnitOfWork, *, call_id: UUID, title: str, settings: CallSettings, by: UUID, clock: Clock
) -> Standing:
    """Open a new call under an id that the caller chose, so that asking twice opens one.

    Raises CallSettingsInvalid, or IdUsedOtherwise if the id stands for another call.
    """
    with unit_of_work as work:
        call = work.calls.find(call_id)
        if call is None:
            call = Call(call_id, title, settings)
            call.open(by=str(by), at=clock.now())
            work.calls.save(call)
        elif (call.title, call.settings) != (title, settings):
            raise IdUsedOtherwise(id=str(call_id))
    return standing(call)
