"""AMQP connections that are fast enough: py-amqp with reading ahead, writes in bulk, and confirms counted by us.

py-amqp waits for the confirm of every publish and takes any confirm for the one it waits for; it reads a frame with
three system calls. Both are mended here and nowhere else, on its public classes.
"""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import amqp
import amqp.transport
from kombu.utils.url import parse_url

READ_AHEAD = 64 * 1024
QUIET_FOR = 30.0  # seconds after which a read or write that gets nowhere is given up

_HEADER = struct.Struct(">BHI")
_FRAME_END = 0xCE

#: What a broken connection may raise: then it is thrown away, never repaired.
BROKEN = (OSError, amqp.exceptions.AMQPError)


class _Transport(amqp.transport.TCPTransport):
    """Reads as much as has come, up to 64 KiB, and can hold writes back to send many frames at once."""

    held: bytearray | None = None

    def _setup_transport(self) -> None:
        super()._setup_transport()
        self.sock.settimeout(QUIET_FOR)
        self._ahead, self._at = b"", 0
        self._send = self._write
        self._write = self._send_or_hold

    @property
    def has_frame(self) -> bool:
        """Whether a whole frame is at hand, so that reading it needs no waiting."""
        ahead, at = self._ahead, self._at
        return len(ahead) - at > 7 and len(ahead) > at + 7 + int.from_bytes(ahead[at + 3 : at + 7])

    def read_frame(self, unpack: Any = None) -> tuple[int, int, bytes]:
        """The next frame: type, channel, payload. A read that times out leaves everything as it was."""
        while True:
            ahead, at = self._ahead, self._at
            if len(ahead) - at > 7:
                kind, channel, size = _HEADER.unpack_from(ahead, at)
                end = at + 7 + size
                if len(ahead) > end:
                    if ahead[end] != _FRAME_END:
                        raise amqp.exceptions.UnexpectedFrame("a frame does not end where it should")
                    self._at = end + 1
                    return kind, channel, ahead[at + 7 : end]
            self._ahead, self._at = ahead[at:] + self._receive(), 0

    def _receive(self) -> bytes:
        try:
            received: bytes = self.sock.recv(READ_AHEAD)
        except (TimeoutError, BlockingIOError):
            raise
        except OSError:
            self.connected = False
            raise
        if not received:
            self.connected = False
            raise ConnectionResetError("the broker closed the connection")
        return received

    def _send_or_hold(self, frame: Any) -> None:
        if self.held is None:
            self._send(frame)
            return
        self.held += frame
        if len(self.held) >= READ_AHEAD:
            self.send_held()

    def send_held(self) -> None:
        """Send what was held back so far."""
        if self.held:
            frames, self.held = self.held, bytearray()
            self._send(frames)


class Connection(amqp.Connection):
    """A connection to the broker. Every error on it is final."""

    def Transport(self, host: str, connect_timeout: float, ssl: Any = False, *times: Any, **options: Any) -> Any:  # noqa: N802 - py-amqp's name
        """The transport under this connection; a TLS connection keeps py-amqp's own."""
        if ssl:
            return super().Transport(host, connect_timeout, ssl, *times, **options)
        return _Transport(host, connect_timeout, *times, **options)

    @contextmanager
    def writing_in_bulk(self) -> Iterator[None]:
        """Hold frames back inside the block and send them together, at the latest at its end."""
        transport = self.transport
        if not isinstance(transport, _Transport):
            yield
            return
        transport.held = bytearray()
        try:
            yield
            transport.send_held()
        finally:
            transport.held = None

    def read_what_came(self, timeout: float) -> bool:
        """Handle what the broker sent, waiting up to `timeout` seconds for the first of it; False if nothing came."""
        try:
            self.drain_events(timeout=timeout)
        except TimeoutError:
            return False
        while getattr(self.transport, "has_frame", False):
            self.drain_events()
        return True

    def throw_away(self) -> None:
        """Close the socket without ceremony; whatever the broker had not got or settled is as if never sent."""
        try:
            self.collect()
        except BROKEN:
            pass


def connect(uri: str, *, name: str, heartbeat: int = 30, timeout: float = 5) -> Connection:
    """Open a connection to the broker at an `amqp://` or `amqps://` URI.

    `name` shows in the broker's list of connections. Raises OSError or amqp.AMQPError.
    """
    parts = parse_url(uri)
    connection = Connection(
        host=f"{parts['hostname'] or 'localhost'}:{parts['port'] or (5671 if parts['transport'] == 'amqps' else 5672)}",
        userid=parts["userid"] or "guest",
        password=parts["password"] or "guest",
        virtual_host=parts["virtual_host"] or "/",
        ssl=parts["transport"] == "amqps",
        heartbeat=heartbeat,
        connect_timeout=timeout,
        # The kernel gives a dead peer up after this many milliseconds, so that a blocked write ends too.
        socket_settings={socket.TCP_USER_TIMEOUT: 20_000},
        client_properties={"connection_name": name},
    )
    connection.connect()
    return connection


class ConfirmingChannel:
    """Publishes with many confirms outstanding and knows, by delivery tag, what became of each.

    A message the broker could not route is returned before it is confirmed: it counts as returned.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.channel = connection.channel()
        self.channel.confirm_select()
        self.channel.events["basic_ack"].add(self._on_ack)
        self.channel.events["basic_nack"].add(self._on_nack)
        self.channel.events["basic_return"].add(self._on_return)
        self._next_tag = 1
        self._oldest = 1
        self._outstanding: dict[int, str] = {}
        self.confirmed: list[str] = []
        self.refused: list[str] = []
        self.returned: set[str] = set()

    def publish(self, key: str, message: amqp.Message, exchange: str, routing_key: str) -> None:
        """Send a message, mandatory; `key` names it in the outcome and becomes its message id."""
        message.properties["message_id"] = key
        self._outstanding[self._next_tag] = key
        self._next_tag += 1
        self.channel.basic_publish(message, exchange=exchange, routing_key=routing_key, mandatory=True)

    @property
    def outstanding(self) -> int:
        """How many messages the broker has not answered for."""
        return len(self._outstanding)

    def settle(self, timeout: float) -> None:
        """Wait until the broker has answered for every message.

        Raises TimeoutError if it has not within `timeout` seconds; then the connection must be thrown away.
        """
        deadline = time.monotonic() + timeout
        while self._outstanding:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{len(self._outstanding)} messages not confirmed within {timeout} s")
            self.connection.read_what_came(left)

    def take_outcome(self) -> tuple[list[str], set[str], list[str]]:
        """The keys confirmed, returned as unroutable, and refused since this was last asked."""
        outcome = (self.confirmed, self.returned, self.refused)
        self.confirmed, self.returned, self.refused = [], set(), []
        return outcome

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settled(tag, multiple, self._confirm)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._settled(tag, multiple, self.refused.append)

    def _settled(self, tag: int, multiple: bool, put: Callable[[str], None]) -> None:
        tags = range(self._oldest, tag + 1) if multiple else (tag,)
        for each in tags:
            key = self._outstanding.pop(each, None)
            if key is not None:
                put(key)
        if multiple:
            self._oldest = tag + 1

    def _confirm(self, key: str) -> None:
        if key not in self.returned:
            self.confirmed.append(key)

    def _on_return(self, _error: Any, _exchange: str, _routing_key: str, message: amqp.Message) -> None:
        self.returned.add(message.properties["message_id"])
