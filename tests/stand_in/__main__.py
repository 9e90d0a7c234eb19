"""`python -m tests.stand_in --port 0 --control-token X`: prints its address and serves."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from tests.stand_in.running import serve
from tests.stand_in.server import Handler
from tests.stand_in.state import World

SAVE_EVERY_SECONDS = 2.0
#: Every busy token is called by others about once in ten minutes.
BUSY_SHARE = SAVE_EVERY_SECONDS / 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stand_in", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-token", default=os.environ.get("STAND_IN_CONTROL_TOKEN"))
    parser.add_argument("--state", type=Path, help="JSON file to keep the state in")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--unknown", default="unauthorized", help="mode of unknown tokens")
    parser.add_argument("--no-log", action="store_true", help="keep counts, but no log")
    parser.add_argument("--quiet", action="store_true", help="do not print the address")
    parser.add_argument("--busy", action="store_true", help="others use the tokens marked as busy")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    world = World()
    world.default_latency, world.unknown_mode = options.latency, options.unknown
    world.keep_log = not options.no_log
    if options.state and options.state.exists():
        world.load(options.state)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner, port = await serve(Handler(world, options.control_token), options.host, options.port)
    if not options.quiet:
        sys.stdout.write(f"http://{options.host}:{port}/api/\n")
        sys.stdout.flush()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):  # not stopped yet: time to save
            await asyncio.wait_for(stop.wait(), SAVE_EVERY_SECONDS)
        if options.busy:
            world.play_others(BUSY_SHARE)
        if options.state:
            await asyncio.to_thread(world.save, options.state)
    await runner.cleanup()


if __name__ == "__main__":
    main()
