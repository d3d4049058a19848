"""Bytes on their way to the client: in pieces, with pauses, whole or broken off. Imports ``faults`` and tornado.

Everything before this module knows what to say; this one alone knows sockets.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from http.client import responses
from itertools import islice

from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler

from .answer import DONE
from .faults import Fault

__all__ = ["Delivery", "deliver", "plan"]

#: Bytes joined into one write where nothing is timed.
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence; with ``every`` above 0 a comment comes that often (seconds)."""

    seconds: float
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a body is sent.

    Attributes
    ----------
    status, headers
        The head.
    parts
        Written one by one; made while they are sent, if nothing needs them all.
    streamed
        Whether the body's length is unknown when it begins.
    delay
        Seconds between parts.
    pauses
        Part's index → silence before it.
    ending
        ``clean``; ``fin`` and ``rst`` break the connection off.
    chunked
        Whether the body is chunked; else it lasts as long as the connection.
    batched
        Whether parts may be joined where nothing is timed.
    """

    status: int
    headers: Mapping[str, str]
    parts: Iterable[bytes]
    streamed: bool = False
    delay: float = 0.0
    pauses: Mapping[int, Pause] | None = None
    ending: str = "clean"
    chunked: bool = True
    batched: bool = True


def plan(delivery: Delivery, faults: Iterable[Fault]) -> Delivery:
    """The delivery with what the connection's faults make of it."""
    for fault in faults:
        delivery = _affected(delivery, fault)
    return delivery


def _affected(delivery: Delivery, fault: Fault) -> Delivery:
    parts = delivery.parts
    match fault.kind:
        case "slow_first_byte":
            return replace(delivery, pauses={0: Pause(fault.seconds, fault.every)}, streamed=True)
        case "stall":
            return replace(delivery, pauses={_place(fault): Pause(fault.seconds, fault.every)}, streamed=True)
        case "no_done":
            return replace(delivery, parts=[part for part in parts if part != DONE])
        case "truncate_no_finish":
            return replace(delivery, parts=_until(parts, fault))
        case "cut" | "rst":
            return replace(delivery, parts=_until(parts, fault), ending="fin" if fault.kind == "cut" else "rst")
        case "eof":
            whole = fault.after is None and fault.at_byte is None
            return replace(delivery, parts=parts if whole else _until(parts, fault), ending="fin", chunked=False)
        case "split":
            return replace(delivery, parts=list(_split(b"".join(parts), fault)), batched=False, streamed=True)
        case "crlf":
            ending = b"\r" if fault.form == "cr" else b"\r\n"
            return replace(delivery, parts=[part.replace(b"\n", ending) for part in parts])
        case _:
            return delivery


def _place(fault: Fault) -> int:
    return 3 if fault.after is None else fault.after


def _until(parts: Iterable[bytes], fault: Fault) -> list[bytes]:
    if fault.at_byte is not None:
        return [b"".join(parts)[: fault.at_byte]]
    return list(islice(parts, _place(fault)))


def _split(body: bytes, fault: Fault) -> Iterator[bytes]:
    random_size = random.Random(fault.seed)
    start = 0
    while start < len(body):
        size = fault.size or random_size.randint(1, 7)
        yield body[start : start + size]
        start += size


# ---- sending ---------------------------------------------------------------------------------------------------------


async def deliver(handler: RequestHandler, delivery: Delivery) -> None:
    """Send it. A client that goes away ends it quietly."""
    try:
        if delivery.ending == "clean":
            await _send(handler, delivery)
        else:
            await _send_broken(handler.detach(), delivery)
    except StreamClosedError:
        return


async def _send(handler: RequestHandler, delivery: Delivery) -> None:
    handler.set_status(delivery.status)
    for name, value in delivery.headers.items():
        handler.set_header(name, value)
    if not delivery.streamed:
        await handler.finish(b"".join(delivery.parts))
        return
    await handler.flush()
    async for block in _blocks(delivery):
        handler.write(block)
        await handler.flush()
    await handler.finish()


async def _send_broken(stream: IOStream, delivery: Delivery) -> None:
    """Write the response by hand, so that it can end the way a broken one does."""
    framing = {"Transfer-Encoding": "chunked"} if delivery.chunked else {"Connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**delivery.headers, **framing}.items()]
    head = "\r\n".join([f"HTTP/1.1 {delivery.status} {responses.get(delivery.status, '')}", *lines])
    try:
        await stream.write(f"{head}\r\n\r\n".encode("latin-1"))
        async for block in _blocks(delivery):
            await stream.write(b"%x\r\n%s\r\n" % (len(block), block) if delivery.chunked and block else block)
        if delivery.ending == "rst":
            stream.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
    finally:
        stream.close()


async def _blocks(delivery: Delivery) -> AsyncIterator[bytes]:
    pauses = delivery.pauses or {}
    if delivery.batched and not pauses and not delivery.delay:
        for block in _batches(delivery.parts):
            yield block
        return
    for place, part in enumerate(delivery.parts):
        if place in pauses:
            async for comment in _silence(pauses[place]):
                yield comment
        if place and delivery.delay:
            await asyncio.sleep(delivery.delay)
        yield part


def _batches(parts: Iterable[bytes]) -> Iterator[bytes]:
    block: list[bytes] = []
    size, limit = 0, 1  # the first event goes at once: it is what a client's latency is measured by
    for part in parts:
        block.append(part)
        size += len(part)
        if size >= limit:
            yield b"".join(block)
            block, size, limit = [], 0, _BATCH
    if block:
        yield b"".join(block)


async def _silence(pause: Pause) -> AsyncIterator[bytes]:
    left = pause.seconds
    while left > 0:
        step = min(left, pause.every) if pause.every > 0 else left
        await asyncio.sleep(step)
        left -= step
        if pause.every > 0:
            yield b": keep-alive\n\n"
