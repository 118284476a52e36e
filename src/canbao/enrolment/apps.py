from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "canbao.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Enrolment": "pooling_area", "EnrolmentChange": "pooling_area"}
    unguarded = {"WindowExtension": "when a window closes is public, and the pages for residents say it to everybody"}
    append_only = ("EnrolmentChange", "WindowExtension")
    keeps_history = ("UnenrolledReason",)

    def ready(self) -> None:
        from canbao.enrolment.actions import extensions
        from canbao.staff.approvals import attach

        attach(extensions.KIND)
