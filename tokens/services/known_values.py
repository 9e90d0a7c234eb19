"""Which values are known already, and where: the guard against storing a secret twice.

Source: shared/interfaces.md, "One secret, several rows". A value is compared by its fingerprint.
"""

from collections.abc import Iterable
from datetime import datetime

from tokens.errors import AlreadyKnown
from tokens.models import OPEN_ROTATION, Rotation, Secret, Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks

_SHOWN = 3
#: All that is said of a place which whoever asks may not know.
OUT_OF_REACH = "is known here already, in a company where you may not do this: ask an administrator"


def place_of(token: Token) -> str:
    """Where a token is known, in words."""
    label = f" · {token.label}" if token.label else ""
    return f"{token}{label}"


def places_of(tokens: Iterable[Token]) -> str:
    """The same of several, without making a message endless."""
    places = sorted(place_of(token) for token in tokens)
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return "; ".join(places[:_SHOWN]) + more


class KnownValues:
    """Secrets by fingerprint: those stored, those waiting in a rotation, those of this batch.

    A value that is known out of `reach` is refused without a word of where, and never shared.
    """

    def __init__(self, now: datetime, *, allow_shared: bool, reach: Reach = EVERYTHING) -> None:
        self._now = now
        self._allow_shared, self._reach = allow_shared, reach
        self._asked: set[bytes] = set()
        self._stored: dict[bytes, Secret] = {}
        self._rows: dict[bytes, list[Token]] = {}
        self._waiting: dict[bytes, Token] = {}
        self._batch: dict[bytes, tuple[Secret, int | None]] = {}
        self.new: list[Secret] = []
        self.joined: set[Secret] = set()

    def expect(self, fingerprints: Iterable[bytes]) -> None:
        """Look these up, and hold what is found: a value must not be revoked while it is joined."""
        missing = set(fingerprints) - self._asked
        for portion in chunks(missing):
            self._read_stored(portion)
            waiting = Rotation.objects.filter(fingerprint__in=portion, status__in=OPEN_ROTATION)
            for rotation in waiting.select_related("token__integration", "token__company"):
                self._waiting[bytes(rotation.fingerprint or b"")] = rotation.token
        self._asked |= missing

    def _read_stored(self, fingerprints: list[bytes]) -> None:
        secrets = Secret.objects.filter(fingerprint__in=fingerprints).order_by("pk")
        for secret in secrets.select_for_update():
            self._stored[bytes(secret.fingerprint or b"")] = secret
        by_id = {secret.pk: value for value, secret in self._stored.items()}
        rows = Token.objects.filter(secret__fingerprint__in=fingerprints)
        for token in rows.select_related("integration", "company"):
            self._rows.setdefault(by_id[token.secret_id], []).append(token)

    def claim(self, fingerprint: bytes | None, line: int | None) -> Secret:
        """The secret that a new row points to. Raises AlreadyKnown, naming the place, or the line.

        Without a fingerprint nobody holds the value, so it is a secret of its own.
        """
        if fingerprint is None:
            return self._make(None)
        self._refuse_out_of_reach(fingerprint)
        self._refuse_for_good(fingerprint)
        stored, batch = self._stored.get(fingerprint), self._batch.get(fingerprint)
        if not self._allow_shared:
            self._refuse_second(fingerprint, batch)
        if stored is None and batch is None:
            secret = self._make(fingerprint)
        else:
            secret = stored or batch[0]  # type: ignore[index]  # one of them is there
            self.joined.add(secret)
        self._batch.setdefault(fingerprint, (secret, line))
        return secret

    def _make(self, fingerprint: bytes | None) -> Secret:
        due = None if fingerprint is None else self._now
        secret = Secret(fingerprint=fingerprint, next_check_at=due)
        self.new.append(secret)
        return secret

    def _refuse_out_of_reach(self, fingerprint: bytes) -> None:
        waiting = self._waiting.get(fingerprint)
        known = [*self._rows.get(fingerprint, []), *([waiting] if waiting else [])]
        if not all(self._reach.includes(token.company_id) for token in known):
            raise AlreadyKnown(OUT_OF_REACH, field="token")

    def _refuse_for_good(self, fingerprint: bytes) -> None:
        """Sharing may be confirmed; reviving a value that was given up may not."""
        ended = [t for t in self._rows.get(fingerprint, []) if t.state != State.ACTIVE.value]
        if ended:
            word = "revoked" if any(t.state == State.REVOKED.value for t in ended) else "replaced"
            raise AlreadyKnown(
                f"was {word} here, so it is refused for good: {places_of(ended)}", field="token"
            )
        stored = self._stored.get(fingerprint)
        if stored is not None and stored.destroyed_at is not None:
            places = places_of(self._rows.get(fingerprint, []))
            raise AlreadyKnown(
                f"was erased here, so it is not stored again: {places}", field="token"
            )
        if fingerprint in self._waiting:
            place = place_of(self._waiting[fingerprint])
            raise AlreadyKnown(f"waits in the rotation of {place}", field="token")

    def _refuse_second(self, fingerprint: bytes, batch: tuple[Secret, int | None] | None) -> None:
        if fingerprint in self._stored:
            places = places_of(self._rows.get(fingerprint, []))
            raise AlreadyKnown(f"is already stored: {places}", field="token")
        if batch is not None:
            line = "another entry" if batch[1] is None else f"line {batch[1]}"
            raise AlreadyKnown(f"is the same as in {line}", field="token")
