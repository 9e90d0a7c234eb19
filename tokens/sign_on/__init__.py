"""Single sign-on: the settings, and speaking OpenID Connect with the provider that they name."""
