# Build: the locked dependencies and the static files. Run: those alone, as a user without rights.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# aws instead of run brings boto3, which a keyring in AWS KMS needs.
ARG REQUIREMENTS=run
COPY requirements/${REQUIREMENTS}.txt /tmp/requirements.txt
RUN pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY coolset_admin coolset_admin
COPY tokens tokens
COPY templates templates
# What auditors check an export with; archive_audit checks what it wrote with the same.
COPY scripts/check_audit_export.py scripts/
RUN DATA_DIR=/tmp/build DJANGO_SETTINGS_MODULE=coolset_admin.settings.build \
      python manage.py collectstatic --noinput -v 0 \
    && python -m compileall -q coolset_admin tokens /opt/venv/lib

FROM python:3.13-slim
RUN groupadd --system --gid 10001 coolset \
    && useradd --system --uid 10001 --gid coolset --no-create-home --home-dir /nonexistent coolset \
    && install -d -o coolset -g coolset -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=coolset_admin.settings.prod \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
USER coolset
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "coolset_admin.healthcheck"]
CMD ["gunicorn", "-c", "python:coolset_admin.gunicorn_conf", "coolset_admin.wsgi"]
