"""What each event says in plain words, and the closed list of facts that it may carry.

`COMMON` facts may stand at every event: `by` (who a command's `--by` names), `reason` (in a
person's words), `via` (page, api, command, import, check), `hint` (of the token spoken of).
"""

COMMON = frozenset({"by", "reason", "via", "hint"})

_PLACE = "company integration environment scope label owner created_by issued_at due_at where "
_ARCHIVE = "after count number previous_hash hash last_at file file_digest "
_POLICY = "applies_to rotate_days warn_days unused_days stale_hours overlap_days thresholds "
_REQUEST = "approval act asked_by "
#: Who asked and who approved, or that nobody else had to (policy.two_people).
_TWO = "asked_by approved_by two_people"
_PROOF = "last_accepted first_refused last_refused others_accepted recorded_at worked_before "

#: event: (sentence, names of its own facts, separated by spaces)
_DECLARED: dict[str, tuple[str, str]] = {
    "token.registered": ("Token registered", _PLACE + "held shared workspace_id replaces"),
    "token.imported": ("Token imported", _PLACE + "held shared workspace_id line replaces"),
    "token.check_requested": ("Check of a token asked for", "count"),
    "token.edited": ("Token edited", "fields old new"),
    "token.owner_changed": ("Owner of a token changed", "old new"),
    "token.health_changed": ("Health of a token changed", "old new outcome status detail"),
    "token.compromised": ("Token compromised", "state held integration environment due_at"),
    "token.compromise_step": ("Step after a compromise", "step done"),
    "leak.found": ("Token found in a scan for leaks", "places count"),
    "token.unreadable": ("Stored token could not be opened", "key_id count"),
    "rotation.started": ("Rotation started", "old_token new_token issued_at created_by scope"),
    "rotation.refused": ("New token refused", "old_token new_token outcome status detail"),
    "rotation.accepted": (
        "New token accepted, the old one is replaced",
        "old_token new_token outcome status warning issued_at due_at",
    ),
    "rotation.waiting": (
        "New token stored, its first answer is awaited",
        "old_token new_token outcome status detail",
    ),
    "rotation.cancelled": ("Rotation cancelled", "old_token new_token"),
    "revocation.recorded": ("Revocation recorded", "at proof state held probes " + _TWO),
    "revocation.confirmed": ("Revocation confirmed", _PROOF + "outcome status"),
    "revocation.contradicted": (
        "Revocation contradicted: the token still works",
        _PROOF + "outcome status suspects",
    ),
    "ciphertext.destroyed": ("Stored token destroyed", _PROOF + "key_id rows backups_expire"),
    "reminder.sent": ("Reminder sent", "recipients thresholds due_at tokens count message_id"),
    "reminder.to_revoke_sent": (
        "Reminder to revoke sent",
        "recipients thresholds revoke_by message_id",
    ),
    "alert.sent": ("Alert sent", "recipients alert tokens count message_id"),
    "mail.failed": ("Mail could not be delivered", "recipients attempts error message_id count"),
    "mail.tried_again": ("Refused address tried again", "address since count"),
    "preference.changed": ("Mail preferences changed", "fields old new"),
    "token.snoozed": ("Reminders of a token snoozed", "until due_at"),
    "token.snooze_ended": ("Snooze of a token ended early", "until"),
    "company.created": ("Company created", "workspace_id type"),
    "company.edited": ("Company edited", "fields old new"),
    "company.reconciled": (
        "Company compared with Coolset",
        "workspace_id proposed accepted tokens count known added not_listed old new",
    ),
    "company.erased": (
        "Stored values of a company destroyed",
        "count rotations shared backups_expire",
    ),
    "integration.created": ("Integration created", "description owner"),
    "integration.edited": ("Integration edited", "fields old new"),
    "consumer.added": ("Consumer recorded", "integration environment where"),
    "consumer.edited": ("Consumer changed", "fields old new"),
    "consumer.retired": ("Consumer retired", "integration"),
    "consumer.switched": (
        "Consumer of a replaced token switched",
        "consumer switched integration environment",
    ),
    "person.created": ("Person created", "email"),
    "person.leaving_changed": ("Leaving of a person changed", "fields old new"),
    "usage_key.created": (
        "Key of an integration created",
        "permissions integration prefix expires_at " + _TWO,
    ),
    "usage_key.revoked": ("Key of an integration revoked", "integration prefix"),
    "api_key.created": (
        "API key of a script created",
        "permissions prefix expires_at companies " + _TWO,
    ),
    "api_key.revoked": ("API key of a script revoked", "prefix"),
    "api_key.refused": ("Key of a caller refused", "address why"),
    "usage.first_reported": ("First report of use", "source integration seen_at"),
    "usage.imported": (
        "Use imported from logs",
        "rows tokens unknown source since until covers_since covers_until integrations covered",
    ),
    "identify.asked": ("Asked which token this is", "found token count"),
    "onboarding.asked": ("Asked what a token can see", "outcome count"),
    "import.done": ("Import done", "rows created companies integrations people file shared"),
    "export.done": ("Inventory exported", "rows format filters"),
    "backup.done": ("Backup written", "rows entries"),
    "backup.restored": ("Backup restored", "rows entries made_at replayed"),
    "audit.exported": ("Audit trail exported", "after count"),
    "audit.archived": ("Older audit entries archived", _ARCHIVE),
    "audit.removed": (
        "Archived audit entries removed from the database",
        _ARCHIVE + "key_id public_key signature earlier last_policy",
    ),
    "incident.began": ("Vendor incident began, 401 answers are held", "turned well count"),
    "incident.ended": ("Vendor incident ended", "began_at held count"),
    "exception.asked": ("Exception asked for", "exception flags ends_on"),
    "exception.approved": ("Exception approved", "exception flags ends_on asked_by"),
    "exception.refused": ("Exception refused", "exception flags ends_on asked_by"),
    "exception.withdrawn": ("Exception withdrawn", "exception flags ends_on"),
    "exception.ended": ("Exception ended early", "exception flags ends_on"),
    "exception.noted": ("End of an exception noted", "exception flags ends_on"),
    "approval.asked": (
        "Approval of another person asked for",
        _REQUEST + "asked_with expires_at count permissions companies days integration",
    ),
    "approval.approved": ("Request approved by another person", _REQUEST),
    "approval.refused": ("Request refused", _REQUEST),
    "approval.withdrawn": ("Request withdrawn", _REQUEST),
    "approval.lapsed": ("Request lapsed", _REQUEST),
    "approval.overtaken": ("Request overtaken by what happened", _REQUEST),
    "policy.changed": ("Policy changed", "fields old new"),
    "policy.created": (
        "Policy created",
        _POLICY + "count",
    ),
    "policy.removed": ("Policy removed", "applies_to count"),
    "policy.stated": (
        "Policy in force when older audit entries were removed",
        _POLICY + "since set_by entry number",
    ),
    "token.policy_changed": ("Policy of a token chosen", "old new"),
    "keys.rotated": ("Stored tokens resealed", "key_id resealed remaining"),
    "account.created": ("Account created", "email role"),
    "account.role_changed": ("Role of an account changed", "old new"),
    "account.disabled": ("Account disabled", "role"),
    "account.enabled": ("Account enabled", "role"),
    "account.password_changed": ("Password of an account changed", ""),
    "second_factor.added": ("Second factor set up", ""),
    "second_factor.removed": ("Second factor taken away", ""),
    "recovery_codes.renewed": ("Recovery codes renewed", ""),
    "recovery_code.used": ("Recovery code used", "count"),
    "passkey.added": ("Passkey set up", "name"),
    "passkey.renamed": ("Passkey renamed", "old new"),
    "passkey.removed": ("Passkey removed", "name"),
    "passkey.count_fell": ("Passkey refused: its counter did not grow", "name"),
    "session.ended": ("Signed out elsewhere", "count"),
    "account.signed_in": ("Signed in", "address method"),
    "account.sign_in_failed": ("Sign-in failed", "address email locked"),
    "account.confirmed": ("Password given again", "address"),
    "account.proved_anew": ("Proved anew without the password", "address method"),
    "sign_on.refused": ("Single sign-on refused", "address email refusal"),
    "sign_on.linked": ("Account linked to single sign-on", "issuer"),
    "sign_on.unlinked": ("Account unlinked from single sign-on", "issuer"),
    "password.opened": ("Password opened beside single sign-on", "until"),
    "password.closed": ("Password closed again beside single sign-on", ""),
    "account.signed_out": ("Signed out", "address"),
    "access.denied": ("Attempt refused", "permission route method"),
    "member.role_given": ("Role in a company given", "email old new"),
    "member.role_ended": ("Role in a company ended", "email old"),
    "setup.done": ("Set-up done, first administrator created", "email address"),
    "channel.created": (
        "Channel added",
        "way address topics at_least integration active",
    ),
    "channel.edited": ("Channel changed", "fields old new"),
    "channel.removed": ("Channel removed", "way address count"),
    "channel.secret_replaced": ("Signing secret of a webhook replaced", "until"),
    "channel.test_requested": ("Test message asked for", ""),
    "channel.sent_again": ("Delivery sent again", "topics count"),
    "channel.told": ("Channel told", "topics tokens count message_id"),
    "channel.stopped": ("Channel stopped after long failure", "since error status"),
    "calendar.created": ("Link to a calendar made", "whose everything"),
    "calendar.revoked": ("Link to a calendar revoked", "whose everything"),
    "allow_host.configured": ("Another host allowed to receive tokens", "host old new"),
    "demo.seeded": ("Sample data created", "tokens companies"),
    "compliance.counted": (
        "Share within policy counted",
        "companies active counted within unknown_age not_held excepted",
    ),
    "evidence.exported": ("Evidence exported", "what rows format since until filters digest"),
    "review.started": ("Access review started", "tokens reviewers due_on filters"),
    "review.decided": ("Tokens decided in an access review", "decision tokens count"),
    "review.taken_over": ("Reviewer of an access review replaced", "old new count"),
    "review.closed": ("Access review closed", "digest confirmed denied undecided tokens"),
    "review.signed": ("Result of an access review signed", "digest key_id public_key signature"),
    "token.review_confirmed": ("Confirmed in an access review", "review reviewer"),
    "token.review_denied": ("Denied in an access review", "review reviewer"),
}

SENTENCES: dict[str, str] = {kind: sentence for kind, (sentence, _) in _DECLARED.items()}
FACTS: dict[str, frozenset[str]] = {
    kind: COMMON | frozenset(names.split()) for kind, (_, names) in _DECLARED.items()
}
