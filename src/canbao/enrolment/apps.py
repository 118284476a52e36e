from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "canbao.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
    append_only = ("EnrolmentChange", "WindowExtension")
    keeps_history = ("UnenrolledReason",)

    def ready(self) -> None:
        from canbao.enrolment.actions import extensions
        from canbao.staff.approvals import attach

        attach(extensions.KIND)
