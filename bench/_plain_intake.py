"""The reference of the ingest bench: bare Starlette and msgspec, one plain durable insert per micro-batch.

No key, no check, no source, no rejects: what arrives is trusted, decoded and inserted. While one insert is
under way the next requests gather. Arguments: the DSN and the port.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

INSERT = "insert into plain values (%s, %s, %s, %s, %s, %s, %s, %s)"
DECODER, ENCODER = msgspec.json.Decoder(), msgspec.json.Encoder()
ITEMS_AT_ONCE = 2_000

Row = tuple[object, ...]
Waiting = tuple[list[Row], asyncio.Future[None]]


def row(item: dict[str, Any]) -> Row:
    return (
        item["messageId"], item["type"], item.get("event"), item.get("userId"), item.get("anonymousId"),
        item["timestamp"], ENCODER.encode(item.get("properties")).decode(),
        ENCODER.encode(item.get("context")).decode(),
    )  # fmt: skip


async def write(dsn: str, queue: asyncio.Queue[Waiting]) -> None:
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    while True:
        gathered = [await queue.get()]
        while not queue.empty() and sum(len(rows) for rows, _ in gathered) < ITEMS_AT_ONCE:
            gathered.append(queue.get_nowait())
        async with connection.transaction(), connection.cursor() as cursor:
            await cursor.executemany(INSERT, [one for rows, _ in gathered for one in rows])
        for _, done in gathered:
            done.set_result(None)


def application(dsn: str) -> Starlette:
    queue: asyncio.Queue[Waiting] = asyncio.Queue()

    async def take(rows: list[Row]) -> Response:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.put_nowait((rows, done))
        await done
        return Response(b'{"success": true}', media_type="application/json")

    async def track(request: Request) -> Response:
        return await take([row({"type": "track", **DECODER.decode(await request.body())})])

    async def batch(request: Request) -> Response:
        return await take([row(item) for item in DECODER.decode(await request.body())["batch"]])

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        writing = asyncio.create_task(write(dsn, queue))
        yield
        writing.cancel()

    routes = [Route("/v1/track", track, methods=["POST"]), Route("/v1/batch", batch, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


async def serve(dsn: str, port: int) -> None:
    server = Server(
        application(dsn), port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
