"""The API: who may call it, how errors look, and its schema."""

from coolset_admin import env

__all__ = [
    "API_RATE_LIMIT",
    "DRF_STANDARDIZED_ERRORS",
    "REST_FRAMEWORK",
    "SPECTACULAR_SETTINGS",
]

# Calls a minute of one key or account; 0: as many as they like.
API_RATE_LIMIT = env.whole("API_RATE_LIMIT", 6000)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one says how a caller without any is told to sign in (401, not 403).
        "tokens.api.auth.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tokens.api.permissions.Classified"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tokens.api.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "tokens.api.schema.Schema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "tokens.api.errors.Handler",
    "EXCEPTION_FORMATTER_CLASS": "tokens.api.errors.Formatter",
    # An error page with code may show a token that was just posted.
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Coolset token governance",
    "DESCRIPTION": "Read the inventory, store tokens, record revocations, report use.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ReviewDecisionEnum": "tokens.api.serializers_reviews.ANSWERS",
        "ApprovalKindEnum": "tokens.api.approvals.APPROVAL_KINDS",
        "ApprovalOutcomeEnum": "tokens.api.approvals.APPROVAL_OUTCOMES",
        "ProofEnum": "tokens.api.serializers.PROOFS",
    },
}
