"""nameko's side of messaging: `@consumes` on a handler, and the base class that brings relay and listeners along."""

import logging
from collections.abc import Callable
from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

from shared.contracts.contract import contract_of
from shared.messaging import tracing
from shared.messaging.listener import Listener
from shared.messaging.relay import Relay
from shared.messaging.runtime import CONFIG_KEY, Runtime
from shared.messaging.subscription import Handler, Heard, subscriptions_of

log = logging.getLogger(__name__)


def runtime_of(extension: Any) -> Runtime:
    """The runtime of the service that an extension belongs to."""
    runtime: Runtime = extension.container.config[CONFIG_KEY]
    return runtime


class Listeners(SharedExtension):  # type: ignore[misc] # nameko has no types
    """Runs a listener for each service that is heard, each in a green thread of its own."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._listeners: list[tuple[Listener, Any]] = []

    def register(self, entrypoint: "Consumes") -> None:
        """Let an entrypoint's method handle its event. Raises ValueError if another method does already."""
        key = contract_of(entrypoint.event).key
        if key in self._handlers:
            raise ValueError(f"two methods consume {key}")
        method = getattr(self.container.service_cls, entrypoint.method_name)
        self._handlers[key] = Handler(method, entrypoint.takes_many)

    def start(self) -> None:
        """Start listening. Raises ContractMismatch if the service does not handle just what its contract says it hears."""
        runtime = runtime_of(self)
        for subscription in subscriptions_of(runtime.service, self._handlers, runtime.catalogue):
            listener = Listener(runtime.store, runtime.broker_uri, subscription, self._perform, runtime.listener)
            runtime.health.add(subscription.queue, lambda state=listener.state: state.why_not)
            self._listeners.append((listener, self.container.spawn_managed_thread(listener.run)))

    def stop(self) -> None:
        """Stop listening, once what is in hand is committed and acknowledged."""
        for listener, _ in self._listeners:
            listener.stop()
        for _, thread in self._listeners:
            thread.wait()
        self._listeners.clear()

    def _perform(self, work: Callable[[Any], Any]) -> Any:
        """Run work in a nameko worker, with an instance of the service that has its dependencies."""
        done = Event()

        def guarded(service: Any) -> None:
            try:
                result = work(service)
            except Exception as error:  # carried over to the listener, which knows what to do about it
                done.send_exception(error)
            else:
                done.send(result)

        self.container.spawn_worker(_Performing(), (guarded,), {})
        return done.wait()


class _Performing(Entrypoint):  # type: ignore[misc] # nameko has no types
    """What nameko is told that a listener's worker was called by."""

    method_name = "perform"


class Consumes(Entrypoint):  # type: ignore[misc] # nameko has no types
    """Marks a method as the handler of an event. It gets a Heard, or with `takes_many` a list of them."""

    listeners = Listeners()

    def __init__(self, event: type[Any], *, takes_many: bool = False, **options: Any) -> None:
        self.event = event
        self.takes_many = takes_many
        super().__init__(**options)

    def setup(self) -> None:
        """Register the method."""
        self.listeners.register(self)

    def stop(self) -> None:
        """Stop the listeners; they stop together."""
        self.listeners.stop()


consumes = Consumes.decorator


class Relaying(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """Runs the relay of the service's outbox. What it has not sent when it stops, the next to lead will send."""

    def start(self) -> None:
        """Start relaying."""
        runtime = runtime_of(self)
        self._relay = Relay(
            runtime.store, runtime.broker_uri, heard=runtime.catalogue.heard_keys, settings=runtime.relay
        )
        runtime.health.add("relay", self._alarm)
        self._thread = self.container.spawn_managed_thread(self._relay.run)

    def stop(self) -> None:
        """Stop relaying, once the batch in hand is marked."""
        self._relay.stop()
        self._thread.wait()

    def _alarm(self) -> str:
        held = len(self._relay.state.unroutable)
        return f"{held} events can't be delivered: run `qihang topology check`" if held else ""


class Tracing(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """Lets what a worker says belong to the request that it serves."""

    def worker_setup(self, worker_ctx: Any) -> None:
        """Begin a trace, or go on with the caller's."""
        data = worker_ctx.data
        tracing.begin(data.get("correlation_id"), data.get("traceparent"))


class UnitsOfWork(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """Gives `self.unit_of_work()` for a request and `self.unit_of_work(heard)` for an event that was heard."""

    def get_dependency(self, worker_ctx: Any) -> Callable[..., Any]:
        """The factory of units of work."""
        runtime = runtime_of(self)

        def unit_of_work(heard: Heard[Any] | None = None) -> Any:
            return runtime.unit_of_work(runtime.store, heard.transaction if heard else None)

        return unit_of_work


class FromRuntime(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """Gives a part of the runtime, by name."""

    def __init__(self, part: str) -> None:
        self._part = part

    def get_dependency(self, worker_ctx: Any) -> Any:
        """The part."""
        return getattr(runtime_of(self), self._part)


class EventService:
    """Base of every service class."""

    relaying = Relaying()
    tracing = Tracing()
    unit_of_work = UnitsOfWork()
    store = FromRuntime("store")
    clock = FromRuntime("clock")

    def perform(self, work: Callable[[Any], None]) -> None:
        """Run what a listener has to do with this service's handlers."""
        work(self)
