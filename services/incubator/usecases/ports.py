"""What the use cases need of the outside."""

from typing import Protocol, Self
from uuid import UUID

from services.incubator.domain.application import Application
from services.incubator.domain.call import Call


class Calls(Protocol):
    """The calls."""

    def get(self, call_id: UUID) -> Call:
        """The call, as it is in force. Raises NotFound."""

    def get_version(self, call_id: UUID, version: int) -> Call:
        """The call with the settings of one version. Raises NotFound."""

    def find(self, call_id: UUID) -> Call | None:
        """The call, or None."""

    def save(self, call: Call) -> None:
        """Keep a call. Raises ConcurrentUpdate if somebody saved it since it was read."""


class Applications(Protocol):
    """The applications."""

    def get(self, application_id: UUID) -> Application:
        """The application. Raises NotFound."""

    def find(self, application_id: UUID) -> Application | None:
        """The application, or None."""

    def save(self, application: Application) -> None:
        """Keep an application. Raises ConcurrentUpdate, or AlreadyApplied if the team has another live one."""


class UnitOfWork(Protocol):
    """One transaction: it commits when its block ends well, with all events that were recorded, and else leaves no trace."""

    calls: Calls
    applications: Applications

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> object:
        """Commit or roll back."""
