from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "canbao.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {model: "pooling_area" for model in ("Enrolment", "EnrolmentChange", "UnenrolledReason")}
    unguarded = {"WindowExtension": "when a window closes is public, and the pages for residents say it to everybody"}
    append_only = ("EnrolmentChange", "WindowExtension")
    keeps_history = ("UnenrolledReason",)

    def ready(self) -> None:
        from canbao.enrolment.actions import extensions
        from canbao.staff.approvals import attach

        attach(extensions.KIND)
