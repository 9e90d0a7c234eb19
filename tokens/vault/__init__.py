"""The vault: the only place where a token's value is sealed, opened and fingerprinted.

`sealing` is the half that everybody may import; `opening` belongs to the probe, the reseal and
the delivery to channels.
Nothing here knows the database or Django.
"""
