"""A stand-in for Coolset that speaks real HTTP: for tests, the demo and benchmarks.

In process: `with StandIn() as coolset: coolset.seed(token, "valid"); coolset.url`.
Out of process: `python -m tests.stand_in --port 0 --control-token X`, steered by `POST /_control`.
"""

from tests.stand_in.running import StandIn
from tests.stand_in.state import Modes, World

__all__ = ["Modes", "StandIn", "World"]
