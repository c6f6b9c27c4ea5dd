"""`@rpc` as nameko has it, but a request is never run after its deadline, and none in hand is dropped on shutdown.

nameko closes the connection a second or two after it stopped taking requests; the acknowledgement of a longer one is
lost then, and it runs again elsewhere. Here the connection stays until all that was taken is answered.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import nameko.rpc
from nameko.messaging import QueueConsumer

from shared.kernel.errors import DomainError, InvalidInput
from shared.messaging.rpc_protocol import DEADLINE_HEADER


class DeadlinePassed(Exception):
    """Nobody waits for the answer any more, so the request was not run."""

T = TypeVar("T")


class Refused(Exception):
    """A domain error on its way to the caller: code, texts by language, details."""


class DrainingQueueConsumer(QueueConsumer):  # type: ignore[misc] # nameko has no types
    """Keeps its connection until every message it took is settled."""

    def __init__(self) -> None:
        super().__init__()
        self._in_hand = 0

    def handle_message(self, provider: Any, body: Any, message: Any) -> None:
        """Take a message."""
        self._in_hand += 1
        super().handle_message(provider, body, message)

    def ack_message(self, message: Any) -> None:
        """Settle a message that was answered."""
        self._in_hand -= 1
        super().ack_message(message)

    def requeue_message(self, message: Any) -> None:
        """Settle a message by giving it back."""
        self._in_hand -= 1
        super().requeue_message(message)

    def on_iteration(self) -> None:
        """Between two reads from the connection: stop only when nothing is consumed and nothing in hand."""
        self._cancel_consumers_if_requested()
        if not self._consumers and self._in_hand <= 0:
            self.should_stop = True


class DrainingRpcConsumer(nameko.rpc.RpcConsumer):  # type: ignore[misc] # nameko has no types
    """nameko's, over the consumer that drains."""

    queue_consumer = DrainingQueueConsumer()


class Rpc(nameko.rpc.Rpc):  # type: ignore[misc] # nameko has no types
    """A method that can be called by RPC."""

    rpc_consumer = DrainingRpcConsumer()

    def __init__(self, *, expected_exceptions: tuple[type[Exception], ...] = (DomainError,), **options: Any) -> None:
        super().__init__(expected_exceptions=expected_exceptions, **options)

    def handle_message(self, body: Any, message: Any) -> None:
        """Run the method, unless the caller has stopped waiting."""
        if _is_late(message.headers.get(DEADLINE_HEADER)):
            raise DeadlinePassed(self.method_name)  # the consumer answers with it and settles the message
        super().handle_message(body, message)

    def handle_result(self, message: Any, worker_ctx: Any, result: Any, exc_info: Any) -> Any:
        """Send the result or the error; a refusal by a rule goes with its code, so that the caller can tell."""
        error = exc_info[1] if exc_info else None
        if isinstance(error, DomainError):
            refused = Refused(error.code, error.texts, error.details)
            exc_info = (Refused, refused, exc_info[2])
        return super().handle_result(message, worker_ctx, result, exc_info)


def _is_late(deadline: Any) -> bool:
    try:
        return deadline is not None and float(deadline) < time.time()  # between processes, only real time compares
    except ValueError:
        return False


rpc = Rpc.decorator


def text_to(read: Callable[[str], T], **texts: str) -> dict[str, T]:
    """Arguments that travel as text, read by name. Raises InvalidInput, naming all that can't be read."""
    values: dict[str, T] = {}
    wrong: dict[str, str] = {}
    for name, text in texts.items():
        try:
            values[name] = read(text)
        except (ValueError, TypeError, AttributeError):
            wrong[name] = "unreadable"
    if wrong:
        raise InvalidInput(fields=wrong)
    return values


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Read a compound argument inside the block; what can't be read is the caller's mistake. Raises InvalidInput."""
    try:
        yield
    except KeyError as error:
        raise InvalidInput(fields={f"{name}.{error.args[0]}": "required"}) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(fields={name: "unreadable"}) from error
