"""The API: serializers, views and addresses."""
