"""The other side of the bench of webhooks: reads a request and says that it has it. Argument: the port."""

import asyncio
import signal
import sys

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def take(request: Request) -> Response:
    await request.body()
    return Response(status_code=204)


async def serve(port: int) -> None:
    application = Starlette(routes=[Route("/hooks", take, methods=["POST"])])
    server = Server(application, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
