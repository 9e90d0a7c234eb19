"""Sample data. Values are invented at run time; everything else about them is the product's own.

plan (who, what, when) → diary (in order) → the services that pages and the worker use, with `now`
in the past. So every fact is one that the product would have made.
"""

from tokens.services.seed_demo.seed import Seeded, is_seeded, seed_demo
from tokens.services.seed_demo.sign_in import SignIn, demo_sign_in
from tokens.services.seed_demo.stand_in import FILE as STAND_IN_FILE

__all__ = ["STAND_IN_FILE", "Seeded", "SignIn", "demo_sign_in", "is_seeded", "seed_demo"]
