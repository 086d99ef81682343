"""All settings; longer ones are put together in files beside this one.

The environment decides; a wrong value stops the start with the variable's name.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.common import limits
from ticketlive import budgets, environment, redis, shows
from ticketlive.content_security import CONTENT_SECURITY_POLICY  # noqa: F401
from ticketlive.logs import logging_of
from ticketlive.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from ticketlive.schedule import BEAT
from ticketlive.unfold import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
TICKETLIVE_HOME = environment.ticketlive_home(BASE_DIR)

DEBUG = environment.flag("DEBUG", default=False)
PORT = environment.positive("int", "PORT", 8000)
WEB_PROCESSES = environment.number_up_to(environment.MOST_WEB_PROCESSES, "WEB_PROCESSES", 1)  # of `make run`
WEB_ADDRESSES = [f"http://127.0.0.1:{port}" for port in environment.web_ports(PORT, WEB_PROCESSES)]
SECRET_KEY = environment.secret_key(TICKETLIVE_HOME, debug=DEBUG)
ALLOWED_HOSTS = environment.read("list", "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = environment.read("list", "CSRF_TRUSTED_ORIGINS", [])
SITE_URL = environment.read("str", "SITE_URL", f"http://127.0.0.1:{PORT}")
TRUSTED_PROXIES = environment.read("int", "TRUSTED_PROXIES", 0)  # how many proxies append to X-Forwarded-For

# The first takes new payments; each of them settles and refunds those that it has taken
PAYMENT_PROVIDERS = environment.payment_providers("PAYMENT_PROVIDERS", "toss")

# Apps and middleware
INSTALLED_APPS = [
    *(["daphne"] if "runserver" in sys.argv else []),  # that is all it does; Twisted is a tenth of a process's start
    "unfold.apps.BasicAppConfig",  # its templates come before Django's
    "apps.accounts.admin_config.TicketLiveAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.common",
    "apps.stomp",
    "apps.accounts",
    "apps.concerts",
    "apps.orders",
    "apps.payments",
    "apps.counseling",
    "apps.rehearsal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # with the padding that keeps BREACH out
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "apps.common.http.middleware.utc_and_english_in_the_api",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.pages.middleware.leave_ended_logins",
    "apps.accounts.pages.budgets.PageBudgets",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.common.pages.unavailable.UnavailablePages",
]
ROOT_URLCONF = "ticketlive.urls"
ENTRIES = environment.some_of("ENTRIES", ("site", "desk", "admin", "api"))  # what this process serves
WSGI_APPLICATION = "ticketlive.wsgi.application"
ASGI_APPLICATION = "ticketlive.asgi.application"
WSGI_THREADS = environment.positive("int", "WSGI_THREADS", 16)
WSGI_WAITING = environment.positive("int", "WSGI_WAITING", 500)  # requests of one class that wait for a thread
DATABASE_THREADS = environment.positive("int", "DATABASE_THREADS", 8)  # of the fast lane, for what needs the ORM
# A process whose event loop has not turned for so long is ended, and started anew by its supervisor; 0: never
EVENT_LOOP_STALL_SECONDS = environment.not_negative("float", "EVENT_LOOP_STALL_SECONDS", 10)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "apps.common.pages.context.site",
            ]
        },
    }
]

# The database: what lasts
CONN_MAX_AGE_SECONDS = environment.read("int", "CONN_MAX_AGE", 60)
DATABASES = {"default": environment.database(TICKETLIVE_HOME, CONN_MAX_AGE_SECONDS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: what is instant
REDIS_URL = environment.redis_url(TICKETLIVE_HOME)
CACHE_URL = environment.read("str", "CACHE_URL", "" if REDIS_URL.startswith("redis+cluster") else REDIS_URL)
if not CACHE_URL:
    raise ImproperlyConfigured("CACHE_URL has to name a single Redis server when REDIS_URL is a cluster")
CACHES = redis.caches(CACHE_URL)
CHANNEL_LAYERS = redis.channel_layers(environment.read("list", "CHANNEL_LAYER_URLS", [CACHE_URL]))

# Celery: what is later, and the one-second tick
CELERY_BROKER_URL = environment.celery_broker_url(environment.read("str", "CELERY_BROKER_URL", REDIS_URL))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(TICKETLIVE_HOME / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = BEAT

# Accounts and tokens
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "apps.accounts.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SIMPLE_JWT: dict[str, Any] = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": environment.derived_key(SECRET_KEY, "access and refresh tokens"),
    "ISSUER": "ticket-live",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "USER_ID_CLAIM": "user_id",
    "UPDATE_LAST_LOGIN": False,
}
LOGIN_URL = "/accounts/log-in/"
LOGIN_REDIRECT_URL = "/my/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 86_400  # seconds, as long as a refresh token
PASSWORD_HASHES_AT_ONCE = environment.positive("int", "PASSWORD_HASHES_AT_ONCE", 2)  # a core and 19 MiB each
PASSWORD_CHECKS_ADMITTED = environment.positive("int", "PASSWORD_CHECKS_ADMITTED", max(1, WSGI_THREADS // 2))
ATTEMPT_RATES = budgets.attempt_rates()

# Budgets of accounts and addresses for everything else that writes or costs (budgets.py)
SALE_RATES = budgets.sale_rates()
REQUEST_RATES = budgets.request_rates()
REQUEST_BUDGETS = {
    "writes": {**budgets.WRITES, **budgets.webhooks(PAYMENT_PROVIDERS)},
    "searches": budgets.SEARCHES,
}

# The API (rest.py)
FAST_LANE_ROUTES = "ticketlive.fast_lane.fast_lane_routes"
DATA_UPLOAD_MAX_MEMORY_SIZE = limits.JSON_BODY_BYTES  # bytes of a JSON or form body
BODY_SECONDS = environment.positive("float", "BODY_SECONDS", 10)  # that a body has, and a second more for each
BODY_BYTES_PER_SECOND = environment.positive("int", "BODY_BYTES_PER_SECOND", 8 * 1024)
BODIES_MEMORY_BYTES = environment.positive("int", "BODIES_MEMORY_BYTES", 32 * 1024 * 1024)  # of all that are under way
BODIES_FILE_BYTES = environment.positive("int", "BODIES_FILE_BYTES", 512 * 1024 * 1024)

# The payment providers
TOSS_MAY_BE_MISSING = DEBUG or "toss" not in PAYMENT_PROVIDERS  # then the sandbox's address and keys do
TOSS_API_BASE = environment.provider_address("TOSS_API_BASE", f"http://127.0.0.1:{PORT + 1}", debug=TOSS_MAY_BE_MISSING)
TOSS_SECRET_KEY = environment.provider("TOSS_SECRET_KEY", "test_sk_ticketlive_sandbox", debug=TOSS_MAY_BE_MISSING)
TOSS_CLIENT_KEY = environment.provider("TOSS_CLIENT_KEY", "test_ck_ticketlive_sandbox", debug=TOSS_MAY_BE_MISSING)
TOSS_CONNECT_TIMEOUT_SECONDS = environment.positive("float", "TOSS_CONNECT_TIMEOUT_SECONDS", 5.0)
TOSS_READ_TIMEOUT_SECONDS = environment.positive("float", "TOSS_READ_TIMEOUT_SECONDS", 20.0)
CULTURE_EXPENSE = environment.read("bool", "CULTURE_EXPENSE", False)  # the seller is registered for 문화비 소득공제
CONFIRMS_AT_ONCE = environment.positive("int", "CONFIRMS_AT_ONCE", 200)  # of the event loop; they take no thread
PAYMENT_CALLS_AT_ONCE = environment.positive("int", "PAYMENT_CALLS_AT_ONCE", max(1, WSGI_THREADS // 2))

# Shows: their publication, their deposits, their calling off (shows.py)
PUBLICATION_NEEDS_TWO = shows.publication_needs_two(debug=DEBUG)
DEPOSITS = shows.deposits()
CALL_OFF_CALLS_AT_ONCE = shows.call_off_calls_at_once()
CALL_OFF_NEEDS_TWO = shows.call_off_needs_two()

# The sale
HOLD_SECONDS = environment.positive("int", "HOLD_SECONDS", 600)
WAITING_ROOM_OFFER_SECONDS = environment.positive("int", "WAITING_ROOM_OFFER_SECONDS", 5)  # a turn is kept
WAITING_ROOM_RETURN_SECONDS = environment.positive("int", "WAITING_ROOM_RETURN_SECONDS", 120)  # after a missed turn
ACCESS_PASS_SECONDS = environment.positive("int", "ACCESS_PASS_SECONDS", 600)
ACCESS_PASS_LIMIT_SECONDS = environment.positive("int", "ACCESS_PASS_LIMIT_SECONDS", 1800)  # with live holds
ORDER_PENDING_SECONDS = environment.positive("int", "ORDER_PENDING_SECONDS", 600)


# STOMP over WebSocket
STOMP_MAX_BODY_BYTES = environment.number_up_to(
    limits.WEBSOCKET_MESSAGE_BYTES - limits.STOMP_HEAD_BYTES - limits.STOMP_AROUND_BYTES,  # a frame has to fit
    "STOMP_MAX_BODY_BYTES",
    limits.STOMP_BODY_BYTES,
)
# What a customer's account may use over all its connections and all processes; counselors and staff so many times as
# much, and all accounts behind one address together so many times
STOMP_CONNECTIONS_PER_ACCOUNT = environment.positive("int", "STOMP_CONNECTIONS_PER_ACCOUNT", 20)
STOMP_SUBSCRIPTIONS_PER_ACCOUNT = environment.positive("int", "STOMP_SUBSCRIPTIONS_PER_ACCOUNT", 200)
STOMP_SENDS_PER_SECOND = environment.positive("float", "STOMP_SENDS_PER_SECOND", 50.0)
STOMP_SEND_BURST = environment.positive("int", "STOMP_SEND_BURST", 100)
STOMP_BYTES_PER_SECOND = environment.positive("float", "STOMP_BYTES_PER_SECOND", 256 * 1024)
STOMP_BYTE_BURST = environment.positive("int", "STOMP_BYTE_BURST", limits.STOMP_BURST_BYTES)
STOMP_STAFF_ALLOWANCE = environment.positive("int", "STOMP_STAFF_ALLOWANCE", 5)
STOMP_ADDRESS_ALLOWANCE = environment.positive("int", "STOMP_ADDRESS_ALLOWANCE", 100)
STOMP_QUEUE_BYTES = environment.positive("int", "STOMP_QUEUE_BYTES", 1024 * 1024)  # for a client that reads slowly
STOMP_SOCKJS_DISCONNECT_SECONDS = environment.positive(
    "float", "STOMP_SOCKJS_DISCONNECT_SECONDS", 5.0
)  # a session that nobody receives for ends
STOMP_JOIN_FRAMES = environment.flag("STOMP_JOIN_FRAMES", default=True)  # in one WebSocket message where they can be
STOMP_OPEN_DESTINATIONS = environment.flag("STOMP_OPEN_DESTINATIONS", default=False)  # /topic and /queue, for suites
STOMP_MORE_DESTINATIONS = environment.read(  # a table's dotted name
    "str", "STOMP_MORE_DESTINATIONS", "bench.open_destinations.DESTINATIONS" if STOMP_OPEN_DESTINATIONS else ""
)

# Counseling
COUNSEL_ACCEPT_AUTOMATICALLY = environment.flag("COUNSEL_ACCEPT_AUTOMATICALLY", default=True)
COUNSEL_OFFER_SECONDS = environment.positive("int", "COUNSEL_OFFER_SECONDS", 20)  # to accept, where that is asked
COUNSEL_AFTER_CALL_SECONDS = environment.positive("int", "COUNSEL_AFTER_CALL_SECONDS", 60)
COUNSEL_GRACE_SECONDS = environment.positive("int", "COUNSEL_GRACE_SECONDS", 60)  # for a counselor's lost connection
COUNSEL_IDLE_SECONDS = environment.positive("int", "COUNSEL_IDLE_SECONDS", 1800)  # a conversation without a word ends
COUNSEL_LONG_WAIT_SECONDS = environment.positive("int", "COUNSEL_LONG_WAIT_SECONDS", 300)  # then an inquiry is offered

# Mail: the console's unless EMAIL_URL names a server
EMAIL = environment.read("email_url", "EMAIL_URL", "consolemail://")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"] or "localhost", EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"] or "", EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.read("str", "DEFAULT_FROM_EMAIL", "Ticket-Live <noreply@localhost>")

# Language, time, static files
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["ticketlive.formats"]
TIME_ZONE = environment.time_zone("TIME_ZONE", "Asia/Seoul")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = environment.read("str", "STATIC_ROOT", str(TICKETLIVE_HOME / "static"))
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "static",
    ("vendor/stompjs", NODE_MODULES / "@stomp" / "stompjs" / "bundles"),
    *environment.provider_files(PAYMENT_PROVIDERS),
    ("vendor/toss", NODE_MODULES / "@tosspayments" / "tosspayments-sdk" / "dist"),
]
MEDIA_ROOT = TICKETLIVE_HOME / "media"  # files of conversations; their people get them, no address does
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "apps.common.pages.storage.ModuleStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# Security: without DEBUG the site is behind TLS
HTTPS = environment.flag("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"  # and content_security.py

# Logs: refusals are counted, not logged one by one (logs.py)
LOGGING = logging_of(environment.log_level("LOG_LEVEL", "INFO"))
