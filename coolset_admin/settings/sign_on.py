"""Single sign-on with OpenID Connect; off as long as OIDC_ISSUER is unset.

docs/guide/single-sign-on.md tells what to set for which provider.
"""

from coolset_admin import env

__all__ = [
    "OIDC_ACR",
    "OIDC_ADMINISTRATORS",
    "OIDC_AUDITORS",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_GROUPS_CLAIM",
    "OIDC_ISSUER",
    "OIDC_MEMBERS",
    "OIDC_MFA",
    "OIDC_NAME",
    "OIDC_ONLY",
    "OIDC_SCOPES",
    "OIDC_TRUST_EMAIL",
]

OIDC_ISSUER = env.text("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
OIDC_SCOPES = env.text("OIDC_SCOPES", "openid email")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", "groups")
OIDC_ADMINISTRATORS = env.words("OIDC_ADMINISTRATORS")
OIDC_AUDITORS = env.words("OIDC_AUDITORS")
OIDC_MEMBERS = env.words("OIDC_MEMBERS")
# Whether passwords open nothing any more, but for accounts that the host names.
OIDC_ONLY = env.flag("OIDC_ONLY")
# When the provider's own second factor counts: amr, provider or ours.
OIDC_MFA = env.text("OIDC_MFA", "amr")
OIDC_ACR = env.words("OIDC_ACR")
# Whether e-mails of a provider count that does not say whether it verified them.
OIDC_TRUST_EMAIL = env.flag("OIDC_TRUST_EMAIL")
