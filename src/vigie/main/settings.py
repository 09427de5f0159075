"""Settings: the environment first, defaults that run on a laptop. A wrong value stops the start with its name."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from vigie.lib.secrets import kept

PACKAGE = Path(__file__).resolve().parents[1]


def env(name: str, default: str = "") -> str:
    """VIGIE_NAME, or the content of the file that VIGIE_NAME_FILE names."""
    if path := os.environ.get(f"VIGIE_{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"VIGIE_{name}_FILE: {error}") from error
    return os.environ.get(f"VIGIE_{name}", default)


def number(name: str, default: int) -> int:
    try:
        return int(env(name, str(default)))
    except ValueError as error:
        raise ImproperlyConfigured(f"VIGIE_{name} must be a whole number, not {env(name)!r}") from error


def data_dir() -> Path:
    share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    path = Path(env("DATA_DIR") or share / "vigie").expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(f"VIGIE_DATA_DIR: {path} cannot be made: {error.strerror}") from error
    return path


DATA_DIR = data_dir()
SECRET_KEY = kept(DATA_DIR / "secret.key", secrets.token_urlsafe(48).encode()).decode()
VAULT_KEY = DATA_DIR / "vault.key"


def database() -> dict[str, object]:
    url = env("DATABASE_URL")
    if not url:
        pragmas = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; "
            "PRAGMA cache_size=-262144; PRAGMA wal_autocheckpoint=32000; PRAGMA mmap_size=268435456;"
        )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "vigie.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas},
            "TEST": {"NAME": DATA_DIR / f"test-{os.getpid()}.sqlite3"},
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or len(parts.path) < 2:
        raise ImproperlyConfigured("VIGIE_DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEBUG = False
ADDRESS = env("ADDRESS").rstrip("/")
"""The public address, as people type it; links in messages begin with it."""
ALLOWED_HOSTS = env("HOSTS", "localhost 127.0.0.1 [::1]").replace(",", " ").split()
if ADDRESS:
    ALLOWED_HOSTS.append(urlsplit(ADDRESS).hostname or "")
    CSRF_TRUSTED_ORIGINS = [ADDRESS]
ALLOW_HOSTS = env("ALLOW_HOSTS")
MAIL_URL = env("MAIL_URL")
"""How to send mail, as apprise writes it (mailtos://user:password@server). Empty: links are copied by hand."""
TRUSTED_PROXIES = env("TRUSTED_PROXIES")
"""Addresses of the proxies in front, whose word on the client's address is taken, for the limits per address."""
METRICS_TOKEN = env("METRICS_TOKEN")
"""Whoever sends it as a bearer token may read /metrics (Prometheus). Empty: there is no such address."""
SMS_URL = env("SMS_URL")
"""How to send SMS, as apprise writes it without the number (smseagle://token@host…). Empty: people telephone."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "vigie.journal",
    "vigie.people",
    "vigie.outbox",
    "vigie.posts",
    "vigie.watches",
    "vigie.stories",
    "vigie.trends",
    "vigie.alerts",
    "vigie.intake",
    "vigie.plans",
    "vigie.crises",
    "vigie.decisions",
    "vigie.facts",
    "vigie.tasks",
    "vigie.rooms",
    "vigie.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vigie.web.middleware.numbered",
    "vigie.web.middleware.policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vigie.web.middleware.locale",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "vigie.main.urls"
TAGS = ("vigie", "drawings", "moments", "marking", "components")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vigie.web.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                *(f"vigie.web.templatetags.{name}" for name in TAGS),
            ],
        },
    }
]
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "vigie.web.adapter.Adapter"
USERSESSIONS_TRACK_ACTIVITY = True
# By address and by account: a slow guess from many addresses is stopped too, for minutes and not for good.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,20/15m/key", "login": "30/m/ip", "change_password": "5/m/user"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vigie"
LOGIN_URL = "account_login"
CSRF_FAILURE_VIEW = "vigie.web.errors.forged"
LOGIN_REDIRECT_URL = "/"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.startswith("https://")
if SESSION_COOKIE_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_LIMIT = number("UPLOAD_MB", 200) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

STATIC_URL = "static/"
STATICFILES_DIRS = [DATA_DIR / "static"]
(DATA_DIR / "static").mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "vigie.lib.logs.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": env("LOG_FORMAT", "line")}},
    "loggers": {
        # What a stranger asks for and may not have is no trouble of ours.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", "WARNING")},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEMO = env("DEMO") == "1"
