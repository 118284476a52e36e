"""What happens at the door: attempts, the second factor, who sits where, and what became of a login."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from canbao.kernel.vault import ring
from canbao.staff.models.logins import USERNAME_MAX, Login

ADDRESS_MAX, DEVICE_MAX = 45, 200


class Stage(models.TextChoices):
    PASSWORD = "password", _("密码")
    CODE = "code", _("验证码")


class SignInAttempt(models.Model):
    """One attempt at one stage. Kept by user name, so that guessing at a name that does not exist is slowed as well."""

    username = models.CharField(max_length=USERNAME_MAX)
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.PASSWORD)
    address = models.CharField(max_length=ADDRESS_MAX, default="")
    at = models.DateTimeField()
    succeeded = models.BooleanField()

    class Meta:
        constraints = (CheckConstraint(name="staff_attempt_stage", condition=Q(stage__in=Stage.values)),)
        indexes = (
            models.Index(fields=("username", "stage", "-at"), name="staff_attempt_of_name"),
            models.Index(fields=("address", "-at"), name="staff_attempt_of_address"),
            models.Index(fields=("-at",), name="staff_attempt_latest"),
        )


class SecondFactor(models.Model):
    """The secret that a login shares with its phone (RFC 6238). It counts from the first code that was right.

    `last_step` is the step of 30 seconds whose code was accepted last: no code of that step or before is accepted.
    """

    login = models.OneToOneField(Login, on_delete=models.PROTECT, primary_key=True, related_name="second_factor")
    secret_sealed = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    @property
    def secret(self) -> str:
        """Base32. VaultFault if its key is not in the ring."""
        return ring().open(bytes(self.secret_sealed), self._place)

    @secret.setter
    def secret(self, text: str) -> None:
        self.secret_sealed = ring().seal(text, self._place)

    def seal_again(self) -> None:
        self.secret = self.secret

    @property
    def _place(self) -> str:
        return f"staff_secondfactor.secret {self.login_id}"


class RecoveryCode(models.Model):
    """One of the codes on paper that stand in for the phone, each once. Kept as a digest; each has 80 random bits."""

    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (UniqueConstraint(name="staff_recovery_code_once", fields=("login", "digest")),)


class LoginEventKind(models.TextChoices):
    MADE = "made", _("新建账号")
    SIGNED_IN = "signed_in", _("登录")
    SIGNED_OUT = "signed_out", _("退出")
    PASSWORD_CHANGED = "password_changed", _("修改密码")
    PASSWORD_RESET = "password_reset", _("重置密码")
    FACTOR_SET_UP = "factor_set_up", _("绑定动态验证码")
    FACTOR_RESET = "factor_reset", _("解除动态验证码")
    RECOVERY_CODE_USED = "recovery_code_used", _("使用备用码")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("生成备用码")
    SESSIONS_ENDED = "sessions_ended", _("结束其他会话")
    DISABLED = "disabled", pgettext_lazy("event", "停用账号")
    ENABLED = "enabled", pgettext_lazy("event", "启用账号")
    UNLOCKED = "unlocked", _("解除锁定")


class LoginEvent(models.Model):
    """What happened to a login, and by whom; only added to."""

    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=LoginEventKind.choices)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    address = models.CharField(max_length=ADDRESS_MAX, default="")

    class Meta:
        constraints = (CheckConstraint(name="staff_login_event_kind", condition=Q(kind__in=LoginEventKind.values)),)
        indexes = (
            models.Index(fields=("login", "-at"), name="staff_event_of_login"),
            models.Index(fields=("-at",), name="staff_event_latest"),
        )


class Session(AbstractBaseSession):
    """A browser that somebody works in: of a login, or of a visitor of the public pages."""

    login_id = models.BigIntegerField(null=True)
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=DEVICE_MAX, default="")
    address = models.CharField(max_length=ADDRESS_MAX, default="")

    class Meta:
        indexes = (
            models.Index(fields=("login_id",), name="staff_session_of_login", condition=Q(login_id__isnull=False)),
        )
