"""The audit trail in plain sentences: who did what, and the facts that the entry carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tokens.selectors.trail import Entry
from tokens.web.words import HEALTH_WORDS

#: `{a}` is who acted, `{s}` what it was about. Kinds of the audit's own closed vocabulary.
_SENTENCES: dict[str, str] = {
    "token.registered": "{a} added the token {s}.",
    "token.imported": "{a} imported the token {s}.",
    "token.check_requested": "{a} asked for a check of {s}.",
    "token.edited": "{a} edited {s}.",
    "token.owner_changed": "{a} changed the owner of {s}.",
    "token.health_changed": "{a} found that the health of {s} changed.",
    "token.compromised": "{a} recorded that {s} is compromised.",
    "token.compromise_step": "{a} went on with the checklist of the compromised {s}.",
    "leak.found": "{a} scanned files and found the value of {s}.",
    "token.unreadable": "{a} could not open the stored value of {s}.",
    "rotation.started": "{a} started to rotate {s}.",
    "rotation.refused": "{a} did not accept the new value for {s}.",
    "rotation.accepted": "{a} accepted the new value; {s} is replaced.",
    "rotation.waiting": "{a} took the new value for {s} although Coolset gave no answer yet.",
    "rotation.cancelled": "{a} cancelled the rotation of {s}.",
    "revocation.recorded": "{a} recorded that {s} was revoked in Coolset.",
    "revocation.confirmed": "{a} confirmed the revocation of {s}: Coolset refuses it.",
    "revocation.contradicted": "{a} found that {s} still works although it was revoked.",
    "ciphertext.destroyed": "{a} destroyed the stored value of {s}.",
    "reminder.sent": "{a} sent a reminder about {s}.",
    "reminder.to_revoke_sent": "{a} sent a reminder to revoke {s}, which was replaced.",
    "alert.sent": "{a} sent an alert about {s}.",
    "mail.failed": "{a} could not deliver a mail about {s}.",
    "mail.tried_again": "{a} said that {s} takes mail again.",
    "preference.changed": "{a} changed how {s} is reminded.",
    "token.snoozed": "{a} snoozed the reminders of {s}.",
    "token.snooze_ended": "{a} ended the snooze of {s}.",
    "company.created": "{a} created the company {s}.",
    "company.edited": "{a} edited the company {s}.",
    "company.erased": "{a} destroyed the stored values of {s}.",
    "company.reconciled": "{a} compared {s} with Coolset's own list of tokens.",
    "integration.created": "{a} created the integration {s}.",
    "integration.edited": "{a} edited the integration {s}.",
    "consumer.added": "{a} recorded that {s} uses its tokens.",
    "consumer.edited": "{a} changed the consumer {s}.",
    "consumer.retired": "{a} retired the consumer {s}.",
    "consumer.switched": "{a} went on with what still uses the replaced {s}.",
    "person.created": "{a} named {s} for the first time.",
    "person.leaving_changed": "{a} changed when {s} leaves.",
    "usage_key.created": "{a} made the key {s} for reporting use.",
    "usage_key.revoked": "{a} revoked the key {s}.",
    "api_key.created": "{a} made the API key {s}.",
    "api_key.revoked": "{a} revoked the API key {s}.",
    "api_key.refused": "{a} did not let a caller in by the key: {s}.",
    "usage.first_reported": "{a} reported the first use of {s}.",
    "usage.imported": "{a} brought in logs of use from {s}.",
    "identify.asked": "{a} asked which token a value is.",
    "onboarding.asked": "{a} asked Coolset which companies a pasted token can see.",
    "import.done": "{a} imported a list of tokens.",
    "export.done": "{a} exported the inventory.",
    "backup.done": "{a} wrote a backup.",
    "backup.restored": "{a} restored a backup; what happened after it is not in this trail.",
    "audit.exported": "{a} exported the audit trail.",
    "audit.archived": "{a} archived the oldest audit entries into the file {s}.",
    "audit.removed": "{a} removed audit entries that the file {s} holds.",
    "incident.began": "{a} saw many tokens turn bad together and holds all refusals.",
    "incident.ended": "{a} ended the hold of refusals.",
    "exception.asked": "{a} asked for an exception for {s}.",
    "exception.approved": "{a} approved an exception for {s}.",
    "exception.refused": "{a} refused an exception for {s}.",
    "exception.withdrawn": "{a} withdrew an exception for {s}.",
    "exception.ended": "{a} ended an exception for {s} early.",
    "exception.noted": "{a} noted that an exception for {s} is over.",
    "approval.asked": "{a} asked for another person’s approval: {s}.",
    "approval.approved": "{a} approved what another person asked for: {s}.",
    "approval.refused": "{a} refused what another person asked for: {s}.",
    "approval.withdrawn": "{a} withdrew a request for approval: {s}.",
    "approval.lapsed": "{a} let a request lapse that nobody took up in time: {s}.",
    "approval.overtaken": "{a} left nothing to approve of a request: {s}.",
    "policy.changed": "{a} changed a policy: {s}.",
    "policy.created": "{a} created the policy {s}.",
    "policy.removed": "{a} removed the policy {s}.",
    "policy.stated": "{a} stated what the policy {s} said in the entries that were removed.",
    "token.policy_changed": "{a} chose the policy of {s}.",
    "keys.rotated": "{a} sealed stored tokens with the current key.",
    "account.created": "{a} created the account {s}.",
    "member.role_given": "{a} gave a role in {s}.",
    "member.role_ended": "{a} ended a role in {s}.",
    "account.role_changed": "{a} changed the role of {s}.",
    "account.disabled": "{a} disabled the account {s}.",
    "account.enabled": "{a} enabled the account {s}.",
    "account.password_changed": "{a} changed or reset the password of {s}.",
    "account.confirmed": "{a} gave the password again.",
    "account.proved_anew": "{a} proved anew who they are.",
    "sign_on.refused": "Single sign-on did not let {s} in.",
    "sign_on.linked": "{a} linked {s} to the identity provider.",
    "sign_on.unlinked": "{a} unlinked {s} from the identity provider.",
    "password.opened": "{a} let {s} sign in by password for a while.",
    "password.closed": "{a} ended that {s} may sign in by password.",
    "second_factor.added": "{a} set up a second factor.",
    "second_factor.removed": "{a} took the second factor of {s} away.",
    "recovery_codes.renewed": "{a} made new recovery codes.",
    "recovery_code.used": "{a} signed in with a recovery code.",
    "passkey.added": "{a} set up a passkey.",
    "passkey.renamed": "{a} renamed a passkey.",
    "passkey.removed": "{a} removed a passkey.",
    "passkey.count_fell": "{a} showed a passkey whose counter did not grow; it was refused.",
    "session.ended": "{a} signed {s} out elsewhere.",
    "account.signed_in": "{a} signed in.",
    "account.sign_in_failed": "A sign-in as {s} failed.",
    "account.signed_out": "{a} signed out.",
    "access.denied": "{a} asked for what their role or key does not include.",
    "setup.done": "{a} set the product up and became the first administrator.",
    "channel.created": "{a} added the channel {s}.",
    "channel.edited": "{a} changed the channel {s}.",
    "channel.removed": "{a} removed the channel {s}.",
    "channel.secret_replaced": "{a} replaced the signing secret of {s}.",
    "channel.test_requested": "{a} asked for a test message to {s}.",
    "channel.sent_again": "{a} sent a delivery to {s} again.",
    "channel.told": "{a} told {s}.",
    "channel.stopped": "{a} stopped {s}, which took nothing for days.",
    "calendar.created": "{a} made a link to a {s}.",
    "calendar.revoked": "{a} revoked a link to a {s}.",
    "allow_host.configured": "{a} allowed tokens to be sent to another host than Coolset's.",
    "demo.seeded": "{a} created sample data.",
    "compliance.counted": "{a} counted the share within policy of {s}.",
    "evidence.exported": "{a} took out evidence: {s}.",
    "review.started": "{a} started the access review {s}.",
    "review.decided": "{a} decided about tokens in the access review {s}.",
    "review.taken_over": "{a} took over what was undecided in the access review {s}.",
    "review.closed": "{a} closed the access review {s}.",
    "review.signed": "{a} signed the result of the access review {s}.",
    "token.review_confirmed": "{a} noted that {s} was confirmed in an access review.",
    "token.review_denied": "{a} noted that {s} was denied in an access review.",
}
_LABELS = {
    "by": "on behalf of",
    "via": "through",
    "held": "held",
    "covers_since": "logs cover from",
    "covers_until": "logs cover until",
    "covered": "tokens whose silence counts",
    "not_listed": "known here, not in the list",
    "known": "known here",
    "added": "added",
    "count": "number",
    "old_token": "old token",
    "new_token": "new token",
    "message_id": "Message-ID",
    "others_accepted": "others accepted in those minutes",
    "key_id": "vault key",
    "asked_with": "through the key",
    "act": "asks to",
    "backups_expire": "in backups until",
    "after": "entries after",
    "number": "last entry",
    "last_at": "last entry is of",
    "file_digest": "SHA-256 of the file",
    "last_policy": "highest number of a policy",
    "set_by": "set by",
}
_ADDRESSES = {
    "token": "/tokens/{}/",
    "company": "/companies/{}/",
    "integration": "/integrations/{}/",
    "person": "/people/{}/",
    "review": "/evidence/reviews/{}/",
    "approval": "/approvals/{}/",
    "channel": "/notifications/channels/{}/",
}
_TOKEN_FACTS = frozenset(
    {"token", "tokens", "old_token", "new_token", "replaces", "suspects", "others_accepted"}
)
_SYSTEM = "The product ({})"
CHANGED = "changed"
#: A longer change stands among the details alone.
BRIEF = 120


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a value; `href` leads to what it names, or is ""."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry for the page. `href` leads to the subject where it has a page; `brief` is what
    changed, in a few words."""

    entry: Entry
    before: str
    subject: str
    after: str
    href: str
    brief: str
    facts: tuple[Fact, ...]


def line_of(entry: Entry) -> Line:
    """The entry as a sentence, split around its subject so that the subject can be a link."""
    sentence = _SENTENCES[entry.kind].replace("{a}", _actor(entry))
    before, _, after = sentence.partition("{s}")
    named = "{s}" in sentence
    subject = (entry.subject or entry.subject_type) if named else ""
    address = _ADDRESSES.get(entry.subject_type, "") if entry.subject_id and named else ""
    href, facts = address.format(entry.subject_id), dict(entry.facts)
    changes = _changes(facts, HEALTH_WORDS if entry.kind == "token.health_changed" else {})
    rest = [_fact(name, value) for name, value in sorted(facts.items())]
    return Line(entry, before, subject, after, href, _brief(changes), (*changes, *rest))


def sentence(entry: Entry) -> str:
    """The whole sentence as plain text."""
    line = line_of(entry)
    return f"{line.before}{line.subject}{line.after}"


def _actor(entry: Entry) -> str:
    name = entry.actor.replace("{", "(").replace("}", ")")
    if entry.actor_kind == "system":
        return _SYSTEM.format(name)
    if entry.actor_kind == "api_key":
        return f"The key of {name}"
    return f"{name[:1].upper()}{name[1:]}," if entry.actor_kind == "command" else name


def _brief(changes: list[Fact]) -> str:
    texts = [
        change.words[0].text
        if change.label == CHANGED
        else f"{change.label}: {change.words[0].text}"
        for change in changes
    ]
    brief = "; ".join(texts)
    return brief if len(brief) <= BRIEF else ""


def _changes(facts: dict[str, Any], words: dict[str, str]) -> list[Fact]:
    """`fields`, `old` and `new` taken out, side by side: "label: none → night run"."""
    if not isinstance(facts.get("fields"), list):
        if "old" not in facts or "new" not in facts:
            return []
        old, new = facts.pop("old"), facts.pop("new")
        old, new = (words.get(value, value) for value in (old, new))
        return [Fact(CHANGED, (Word(f"{_text(old)} → {_text(new)}"),))]
    fields, new = facts.pop("fields"), _list(facts.pop("new", []))
    olds = _list(facts.pop("old", []))
    found = []
    for place, name in enumerate(fields):
        was = f"{_text(olds[place])} → " if place < len(olds) else ""
        now = _text(new[place]) if place < len(new) else "changed"
        found.append(Fact(_label(str(name)), (Word(f"{was}{now}"),)))
    return found


def _fact(name: str, value: Any) -> Fact:
    words = tuple(_word(name, item) for item in _list(value)) or (Word("none"),)
    return Fact(_label(name), words)


def _word(name: str, value: Any) -> Word:
    if name in _TOKEN_FACTS and isinstance(value, str) and _is_id(value):
        return Word(f"token …{value[-6:]}", f"/tokens/{value}/")
    return Word(_text(value))


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and len(value) in {27, 25, 32} and value[10:11] == "T":
        return _moment(value)
    return str(value)


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
