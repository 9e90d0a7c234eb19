"""Steering a stand-in from another process: JSON in, JSON out."""

from typing import Any

from tests.stand_in.state import World, digest

#: What a seeded token may bring along.
_FACTS = ("options", "config", "workspaces", "latency")


def run(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Do one order. `do` is seed, set, profile, revoke, outage, foreign_use, latency, unknown
    or counts.

    A token is given as `token`, or as `sha256` of it. Raises KeyError, TypeError or ValueError
    for an order that makes no sense.
    """
    match order["do"]:
        case "seed":
            for item in order["tokens"]:
                facts = {name: item[name] for name in _FACTS if name in item}
                world.seed(_key(item), item.get("mode", "valid"), **facts)
        case "set":
            world.set_mode(_key(order), order["mode"], **order.get("options", {}))
        case "profile":
            world.profile(_key(order), **{name: order[name] for name in _FACTS if name in order})
        case "revoke":
            world.set_mode(_key(order), "unauthorized")
        case "outage":
            world.set_outage(order["kind"])
        case "foreign_use":
            world.foreign_use(_key(order), int(order["calls"]))
        case "latency":
            world.default_latency = float(order["seconds"])
        case "unknown":
            world.unknown_mode = str(order["mode"])
        case "counts":
            return {"total": world.calls.total(), "by_sha256": dict(world.calls)}
        case other:
            raise ValueError(f"unknown order {other}")
    return {"ok": True, "known": len(world.known)}


def _key(item: dict[str, Any]) -> str:
    return str(item["sha256"]) if "sha256" in item else digest(item["token"])
