"""The words of tokens.throttle, which pages and API share, where pages look for them."""

from tokens.throttle import Throttle, address_of

__all__ = ["Throttle", "address_of"]
