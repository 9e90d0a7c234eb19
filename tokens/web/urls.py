"""Addresses of the pages."""

from django.urls import include, path

from tokens.web import (
    accounts,
    api_keys,
    components,
    confirm,
    errors,
    own_passkeys,
    own_security,
    own_sessions,
    second_step,
    setup,
    sign_on,
    team,
)

urlpatterns = [
    path("", include("tokens.web.urls_other")),
    path("setup/", setup.set_up, name="setup"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", accounts.sign_out, name="logout"),
    path("accounts/oidc/start/", sign_on.start, name="sign-on"),
    path("accounts/oidc/again/", sign_on.again, name="sign-on-again"),
    path("accounts/oidc/callback/", sign_on.callback, name="sign-on-callback"),
    path("accounts/password/", accounts.change_password, name="password"),
    path("accounts/code/", second_step.second_step, name="second-step"),
    path("accounts/code/passkey/", second_step.offer, name="second-step-passkey"),
    path("accounts/sessions/end/", own_sessions.end, name="sessions-end"),
    path("accounts/security/", own_security.security, name="security"),
    path("accounts/security/passkeys/", own_passkeys.passkeys, name="passkeys"),
    path("accounts/security/passkeys/offer/", own_passkeys.offer, name="passkey-offer"),
    path("accounts/confirm/", confirm.confirm, name="confirm"),
    path("accounts/welcome/<uidb64>/<token>/", accounts.Welcome.as_view(), name="welcome"),
    path("keys/", api_keys.keys, name="api-keys"),
    path("keys/<uuid:key_id>/revoke/", api_keys.revoke, name="api-key-revoke"),
    path("team/", team.team, name="team"),
    path("team/<uuid:account_id>/link/", team.new_link, name="team-link"),
    path(
        "team/<uuid:account_id>/second-factor/", team.end_second_factor, name="team-second-factor"
    ),
    path("team/<uuid:account_id>/role/", team.change_role, name="team-role"),
    path("team/<uuid:account_id>/active/", team.set_active, name="team-active"),
    path("", include("tokens.web.token_urls")),
    path("", include("tokens.web.notification_urls")),
    path("favicon.ico", errors.favicon, name="favicon"),
    path("components/", components.components, name="components"),
]
