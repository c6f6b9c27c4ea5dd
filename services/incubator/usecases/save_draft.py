"""An applicant, or staff for them at the counter (代办), saves a draft."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.incubator.domain.application import Application
from services.incubator.usecases.answers import Standing, standing
from services.incubator.usecases.ports import UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import IdUsedOtherwise


def save_draft(
    unit_of_work: UnitOfWork,
    *,
    application_id: UUID,
    call_id: UUID,
    account_id: UUID,
    organisation_id: UUID,
    content: Mapping[str, Any],
    by: UUID,
    clock: Clock,
) -> Standing:
    """Save what was entered so far, complete or not, under an id that the caller chose.

    Raises NotFound for the call, InvalidState once submitted, IdUsedOtherwise if the id is another's, AlreadyApplied.
    """
    with unit_of_work as work:
        application = work.applications.find(application_id)
        if application is None:
            work.calls.get(call_id)
            application = Application(application_id, call_id, account_id, organisation_id, by, dict(content))
            work.applications.save(application)
        elif (application.call_id, application.account_id) != (call_id, account_id):
            raise IdUsedOtherwise(id=str(application_id))
        elif dict(application.content) != dict(content):
            application.save_draft(content, by=by, at=clock.now())
            work.applications.save(application)
    return standing(application)
