"""The version of its call that an application is bound to."""

from services.incubator.domain.application import Application
from services.incubator.domain.call import Call
from services.incubator.usecases.ports import UnitOfWork


def call_of(work: UnitOfWork, application: Application) -> Call:
    """The call as it was when the application was submitted; later changes of the call don't touch it."""
    if application.call_version is None:
        return work.calls.get(application.call_id)
    return work.calls.get_version(application.call_id, application.call_version)
