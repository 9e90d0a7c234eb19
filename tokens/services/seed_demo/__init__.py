"""Sample data. Values are invented at run time; everything else about them is the product's own.

plan (who, what, when) → diary (in order) → the services that pages and the worker use, with `now`
in the past. So every fact is one that the product would have made.
"""

from tokens.services.seed_demo.seed import Seeded, is_seeded, seed_demo

__all__ = ["Seeded", "is_seeded", "seed_demo"]
