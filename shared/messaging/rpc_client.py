"""Calling a service from outside: one connection, many calls in flight, a deadline on each.

A call that no service can take fails at once; one whose answer does not come in time may have been carried out, and the
caller is told just that. After a broken connection the next call makes a new one.
"""

import json
import threading
import time
from concurrent.futures import Future, TimeoutError as FutureTimeout
from typing import Any
from uuid import uuid4

import amqp

from shared.messaging import wire
from shared.messaging.rpc_protocol import DEADLINE_HEADER, EXCHANGE, REFUSED

CONNECT_WITHIN = 3.0


class RpcError(Exception):
    """A call that brought no result."""

    code = "rpc_failed"


class RpcUnreachable(RpcError):
    """Nobody took the call: no such service is there, or the broker is away. Nothing was done."""

    code = "service_unreachable"


class RpcIndeterminate(RpcError):
    """No answer came. The call may have been carried out or not: ask, or repeat it with the same id."""

    code = "outcome_unknown"


class RpcRefused(RpcError):
    """The service refused the command by one of its rules: see `code`, `texts` (by language) and `details`."""

    def __init__(self, code: str, texts: dict[str, str], details: dict[str, Any]) -> None:
        super().__init__(f"{code}: {texts.get('en', '')}")
        self.code = code
        self.texts = texts
        self.details = details


class RpcFailed(RpcError):
    """The service has a fault; the text is its exception."""


class RpcClient:
    """Calls methods of services. Safe to share between threads, native or green."""

    def __init__(self, broker_uri: str, *, name: str = "rpc client") -> None:
        self._broker_uri = broker_uri
        self._name = name
        self._lock = threading.Lock()
        self._link: _Link | None = None

    def call(self, service: str, method: str, *, within: float = 5.0, **arguments: Any) -> Any:
        """What `service.method(**arguments)` returns, if it answers within that many seconds.

        Raises RpcUnreachable, RpcIndeterminate, RpcRefused or RpcFailed.
        """
        deadline = time.time() + within
        answer = self._connected().send(f"{service}.{method}", arguments, deadline)
        try:
            reply = answer.result(timeout=max(0.0, deadline - time.time()))
        except FutureTimeout:
            raise RpcIndeterminate(f"{service}.{method} did not answer within {within} s") from None
        return _result_of(reply)

    def close(self) -> None:
        """Close the connection; calls in flight become indeterminate."""
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None

    def _connected(self) -> "_Link":
        with self._lock:
            if self._link is None or self._link.broken.is_set():
                try:
                    self._link = _Link(self._broker_uri, self._name)
                except wire.BROKEN as error:
                    raise RpcUnreachable(f"the broker does not answer: {error}") from error
            return self._link


class _Link:
    """One connection with its reply queue, its reader, and the calls that wait for an answer."""

    def __init__(self, broker_uri: str, name: str) -> None:
        self._connection = wire.connect(broker_uri, name=name, timeout=CONNECT_WITHIN)
        self._channel = self._connection.channel()
        self._channel.auto_decode = False
        self._channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        self._reply_to = str(uuid4())
        queue = self._channel.queue_declare("", exclusive=True, auto_delete=True).queue
        self._channel.queue_bind(queue, EXCHANGE, self._reply_to)
        self._channel.basic_consume(queue, no_ack=True, callback=self._on_reply)
        self._channel.events["basic_return"].add(self._on_return)
        self._waiting: dict[str, Future[Any]] = {}
        self._writing = threading.Lock()
        self.broken = threading.Event()
        threading.Thread(target=self._read, name=f"{name} replies", daemon=True).start()

    def send(self, routing_key: str, arguments: dict[str, Any], deadline: float) -> "Future[Any]":
        answer: Future[Any] = Future()
        call_id = str(uuid4())
        self._waiting[call_id] = answer
        answer.add_done_callback(lambda _: self._waiting.pop(call_id, None))
        message = amqp.Message(
            json.dumps({"args": [], "kwargs": arguments}),
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=self._reply_to,
            correlation_id=call_id,
            message_id=call_id,
            # What nobody took in time must not be run later.
            expiration=str(max(1, int((deadline - time.time()) * 1000))),
            application_headers={DEADLINE_HEADER: repr(deadline)},
        )
        try:
            with self._writing:
                self._channel.basic_publish(message, exchange=EXCHANGE, routing_key=routing_key, mandatory=True)
        except wire.BROKEN as error:
            self._give_up(error)
        if self.broken.is_set():  # also when it broke before the call was noted
            self._fail(answer, RpcIndeterminate("the connection broke"))
        return answer

    def close(self) -> None:
        self._give_up(ConnectionError("closed"))

    def _read(self) -> None:
        try:
            while not self.broken.is_set():
                self._connection.read_what_came(timeout=1.0)
                with self._writing:
                    self._connection.heartbeat_tick()
        except Exception as error:  # whatever it is, those who wait must hear of it
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self.broken.set()
        self._connection.throw_away()
        for answer in list(self._waiting.values()):
            self._fail(answer, RpcIndeterminate(f"the connection broke: {error}"))

    def _on_reply(self, message: amqp.Message) -> None:
        answer = self._waiting.get(message.properties.get("correlation_id", ""))
        if answer is not None and not answer.done():
            answer.set_result(json.loads(message.body))

    def _on_return(self, error: Any, _exchange: str, routing_key: str, message: amqp.Message) -> None:
        answer = self._waiting.get(message.properties.get("message_id", ""))
        if answer is not None:
            self._fail(answer, RpcUnreachable(f"no service takes {routing_key}"))

    @staticmethod
    def _fail(answer: "Future[Any]", error: Exception) -> None:
        if not answer.done():
            answer.set_exception(error)


def _result_of(reply: dict[str, Any]) -> Any:
    error = reply.get("error")
    if error is None:
        return reply["result"]
    arguments = error.get("exc_args") or []
    if error.get("exc_type") == REFUSED and len(arguments) == 3:
        raise RpcRefused(*arguments)
    if error.get("exc_type") == "DeadlinePassed":
        raise RpcUnreachable("the service got the call after its deadline and did not run it")
    raise RpcFailed(f"{error.get('exc_type')}: {error.get('value')}")
