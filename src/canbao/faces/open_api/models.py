"""Programs that ask: their credentials, tokens, what was answered once, and how often they ask."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from canbao.staff.models import Login

DIGEST_LENGTH = 64
KEY_MAX = 100


class Client(models.Model):
    """A program of a department. Its login cannot sign in; the grants of that login say where it may do what.

    `scopes` are the capabilities that it may ask a token for, at most those of its grants.
    """

    login = models.OneToOneField(Login, on_delete=models.PROTECT, related_name="client")
    client_id = models.CharField(max_length=40, unique=True)
    secret_digest = models.CharField(max_length=DIGEST_LENGTH)
    scopes = ArrayField(models.CharField(max_length=40))
    requests_per_minute = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="open_api_client_asks_something", condition=~Q(scopes=[])),
            models.CheckConstraint(name="open_api_client_rate", condition=Q(requests_per_minute__gt=0)),
        ]


class AccessToken(models.Model):
    """A token as its digest: whoever reads the table cannot use it."""

    digest = models.CharField(max_length=DIGEST_LENGTH, primary_key=True)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=40))
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="open_api_token_ends", condition=Q(expires_at__gt=F("issued_at"))),
        ]


class KeptAnswer(models.Model):
    """What a request with an idempotency key was answered: the same request again gets the same bytes."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT)
    key = models.CharField(max_length=KEY_MAX)
    request_digest = models.CharField(max_length=DIGEST_LENGTH)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="open_api_one_answer_per_key")]


class AskedInMinute(models.Model):
    """How many requests a client has sent in the minute that began at `minute`."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True)
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()
