from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "canbao.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {
        model: "pooling_area"
        for model in (
            "Enrolment",
            "EnrolmentBatch",
            "EnrolmentChange",
            "UnenrolledReason",
            "Application",
            "ApplicationEvent",
            "Evidence",
            "Newcomer",
        )
    }
    unguarded = {
        "WindowExtension": "when a window closes is public, and the pages for residents say it to everybody",
        "PublicAttempt": "it holds no person and no area: a confirmation number, or the address of a sender",
    }
    sealed = {"Application": ("id_number_sealed", "phone_sealed"), "Newcomer": ("id_number_sealed",)}
    sealed_files = "canbao.enrolment.evidence.seal_again"
    append_only = ("EnrolmentChange", "WindowExtension", "ApplicationEvent", "Evidence", "PublicAttempt")
    keeps_history = ("UnenrolledReason",)

    def ready(self) -> None:
        from canbao.enrolment.actions import extensions
        from canbao.staff.approvals import attach

        attach(extensions.KIND)
