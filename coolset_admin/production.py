"""What production needs before it starts, told in one message that lists everything missing."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

from coolset_admin import env, key_provider
from tokens.key_providers.place import PRIVATE


def _problems(role: str) -> list[str]:
    found = [
        f"{name} is missing"
        for name in ("DJANGO_SECRET_KEY", "FINGERPRINT_KEY")
        if not env.secret(name)
    ]
    found += [
        f"{name} is missing" for name in ("ALLOWED_HOSTS", "PUBLIC_URL") if not env.text(name)
    ]
    if "*" in env.words("ALLOWED_HOSTS"):
        found.append("ALLOWED_HOSTS must name the hosts, * is not allowed")
    if env.text("PUBLIC_URL") and not env.text("PUBLIC_URL").startswith("https://"):
        found.append("PUBLIC_URL must begin with https://")
    if env.flag("DJANGO_DEBUG"):
        found.append("DJANGO_DEBUG=1 is for .dev only")
    return found + _key_problems(role)


def _key_problems(role: str) -> list[str]:
    private, public = env.secret("TOKEN_KEYS"), env.secret("TOKEN_PUBLIC_KEY")
    if role in {"web", "beat"}:
        found = [] if public else [f"TOKEN_PUBLIC_KEY is missing ({role} stores with it)"]
        return found + [
            f"{name} must not be given to {role}: whoever takes over that process could "
            "read every token; give it TOKEN_PUBLIC_KEY instead"
            for name in PRIVATE
            if env.secret(name)
        ]
    if env.text("TOKEN_KEYS_PROVIDER"):
        return key_provider.problems(role)
    if role == "worker" and not private:
        return ["TOKEN_KEYS is missing (the worker opens tokens with it to check them)"]
    return [] if private or public else ["TOKEN_PUBLIC_KEY or TOKEN_KEYS is missing"]


def require(role: str) -> None:
    """Raise ImproperlyConfigured listing all that keeps a process of this role from starting."""
    if problems := _problems(role):
        raise ImproperlyConfigured("Production cannot start: " + "; ".join(problems) + ".")


def check_api_address(url: str, allow_host: str) -> None:
    """Raise ImproperlyConfigured where tokens would be sent to a host that is not Coolset's."""
    from tokens.coolset.address import ApiAddress

    try:
        ApiAddress.parse(url, allow_host=allow_host or None, production=True)
    except ValueError as error:
        raise ImproperlyConfigured(str(error)) from None


def check_single_sign_on(given: Mapping[str, object]) -> None:
    """Raise ImproperlyConfigured where settings of single sign-on make no sense together."""
    from tokens.policy.sign_on_settings import problems

    if found := list(problems(given, production=True)):
        raise ImproperlyConfigured(" ".join(found))
