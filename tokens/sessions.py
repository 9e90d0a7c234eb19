"""Where sessions are kept (SESSION_ENGINE): as Django keeps them, under a hash of their key.

A session's key is as good as a password for as long as it lasts. Whoever reads the database, or a
backup of it, should not be able to go on in somebody's browser.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Subquery
from django.utils import timezone

from tokens.models.sessions import AGENT_LENGTH

if TYPE_CHECKING:
    from tokens.models import Account

_STARTED, _SEEN, _ADDRESS, _AGENT = "signed_in_at", "seen_at", "address", "agent"


def hashed(session_key: str | None) -> str:
    """What a session is found by."""
    return hashlib.sha256((session_key or "").encode("utf-8", "surrogatepass")).hexdigest()


def note_sign_in(session: Any, *, address: str, agent: str, now: datetime) -> None:
    """Who signs in, from where: shown to them alone."""
    session[_STARTED] = session[_SEEN] = now.isoformat()
    session[_ADDRESS], session[_AGENT] = address[:45], agent[:AGENT_LENGTH]


def note_sign_of_life(session: Any, now: datetime) -> None:
    session[_SEEN] = now.isoformat()


def started_and_seen(session: Any) -> tuple[datetime | None, datetime | None]:
    """When this sign-in began, and when it last showed a sign of life."""
    return _moment(session.get(_STARTED)), _moment(session.get(_SEEN))


class SessionStore(DatabaseStore):
    """Django's own, with the key hashed at every look-up and what lists show beside the data.

    Every page asks for its session, then whose it is, then how the facts stand; so all three are
    read together, anew at each request. `account`: whose session it was when it was read, or None;
    whether it still lets in is for `tokens.web.signed_in` to say. `head`, `swept`: as in
    `selectors.kept.Standing`, once the session was read.
    """

    account: Account | None = None
    head: str = ""
    swept: datetime | None = None
    was_read = False

    @classmethod
    def get_model_class(cls) -> Any:
        from tokens.models import BrowserSession

        return BrowserSession

    def _get_session_from_db(self) -> Any:
        rows: Any = self.model.objects  # the stubs know Django's own model alone
        found = (
            rows.filter(session_key=hashed(self.session_key), expire_date__gt=timezone.now())
            .select_related("account")
            .annotate(**_standing())
            .first()
        )
        if found is None:
            self._session_key = None
            return None
        self.account, self.head, self.swept = found.account, found.head or "", found.swept
        self.was_read = True
        return found

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(session_key=hashed(session_key)).exists())

    def create_model_instance(self, data: Any) -> Any:
        started, seen = started_and_seen(data)
        row: Any = self.model  # what get_model_class says; the stubs know Django's own alone
        return row(
            session_key=hashed(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=data.get(SESSION_KEY),
            started_at=started,
            seen_at=seen,
            address=data.get(_ADDRESS, ""),
            agent=data.get(_AGENT, ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(session_key=hashed(key)).delete()


def _standing() -> dict[str, Subquery]:
    from tokens.models import ChainHead, Pulse

    return {
        "head": Subquery(ChainHead.objects.values("hash")[:1]),
        "swept": Subquery(Pulse.objects.filter(name="sweep").values("at")[:1]),
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
