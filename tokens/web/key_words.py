"""What a script's key may do, in words."""

from tokens.policy.roles import Permission

PERMISSION_WORDS = {
    Permission.VIEW: "Read tokens, companies and integrations",
    Permission.EXPORT: "Export",
    Permission.IDENTIFY: "Ask which token a value is",
    Permission.LEAKS: "Send finds of leak scanners",
    Permission.REGISTER: "Store new tokens",
    Permission.CHECK: "Ask for checks",
    Permission.EDIT: "Edit tokens and bring in logs of use",
    Permission.REVOKE: "Record revocations",
}
