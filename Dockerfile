# The service's image: installed from the hashed lock, run without root and without pip.
# One pinned base for both stages; docs/docker.md says how to pin it by digest.
ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1 \
    PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/sync-service
ENV PATH=/opt/sync-service/bin:$PATH
WORKDIR /src
# What changes seldom comes first, so that a change of code does not fetch everything again.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: --requirement requirements.lock
COPY LICENSE README.md pyproject.toml ./
COPY consumers consumers
COPY simulation simulation
COPY sync_service sync_service
RUN pip install --no-index --no-deps --no-build-isolation . \
    && pip uninstall --yes setuptools pip

FROM ${PYTHON_IMAGE}
RUN groupadd --system --gid 10001 sync \
    && useradd --system --uid 10001 --gid sync --no-create-home --home-dir /tmp --shell /usr/sbin/nologin sync
COPY --from=build /opt/sync-service /opt/sync-service
# What is kept outside the database, and the master key apart from it; volumes over them belong to the same user.
RUN install --directory --owner=sync --group=sync --mode=700 /var/lib/sync-service /var/lib/sync-service-keys
ENV PATH=/opt/sync-service/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 10001:10001
STOPSIGNAL SIGTERM
# Whatever role runs: whether it reaches what it stands on.
HEALTHCHECK --interval=30s --timeout=15s --start-period=20s --retries=3 CMD ["sync-service", "doctor"]
ENTRYPOINT ["sync-service"]
CMD ["--help"]
