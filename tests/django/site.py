"""A Django site whose people sign in elsewhere with its OAuth 2.0, by django-oauth-toolkit. It is no OpenID provider.

Run: site.py FOLDER PORT. FOLDER/setup.json has `people` and `clients`: the fields of their models.
"""

import json
import sys
from pathlib import Path

import django
from django.conf import settings
from django.http import JsonResponse
from django.urls import include, path

FOLDER, PORT = Path(sys.argv[1]), int(sys.argv[2])
LOGIN = (
    '<!doctype html><html lang="en"><title>Log in</title><h1>Log in</h1>'
    '<form method="post">{% csrf_token %}{{ form }}<input type="hidden" name="next" value="{{ next }}">'
    "<button>Log in</button></form></html>"
)

settings.configure(
    SECRET_KEY="only for these tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "site.db"}},
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": ["django.contrib.auth.context_processors.auth"],
            "loaders": [
                ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }],
    # Fast, because its people exist only for a test.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/accounts/login/",
    USE_TZ=True,
    OAUTH2_PROVIDER={"SCOPES": {"profile": "Your name", "email": "Your address", "posts": "Your posts"}},
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oauth2_provider.decorators import protected_resource  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402


@protected_resource(scopes=["profile", "email"])
def me(request):
    """Who the access token speaks for."""
    person = request.resource_owner
    return JsonResponse({
        "user": {"id": person.pk, "login": person.username, "name": person.get_full_name()},
        "mail": person.email,
        "staff": person.is_staff,
        "teams": [group.name for group in person.groups.all()],
    })


urlpatterns = [
    path("accounts/login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("api/me", me),
]


def main():
    setup = json.loads((FOLDER / "setup.json").read_text(encoding="utf-8"))
    call_command("migrate", verbosity=0)
    for person in setup["people"]:
        User.objects.create_user(**person)
    for client in setup["clients"]:
        Application.objects.create(
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            **client,
        )
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False, skip_checks=True)


main()
