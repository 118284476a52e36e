from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "canbao.intake"
    default_auto_field = "django.db.models.BigAutoField"
    guarded = {"Batch": "pooling_area", "Row": "pooling_area", "Population": "pooling_area"}
    append_only = ("ExportLog",)
    # The pieces lie under this key of the batch's own.
    sealed = {"Batch": ("content_key",), "ExportFile": ("content_key",)}

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from canbao.intake.actions import batches, undoing
        from canbao.kernel.capabilities import Capability
        from canbao.staff.approvals import Kind, attach

        attach(
            Kind(
                batches.APPROVAL,
                _("导入名单"),
                asks=Capability.IMPORT_LISTS,
                carry_out=batches.approved,
                let_go=batches.let_go,
            )
        )
        attach(
            Kind(
                undoing.APPROVAL,
                _("撤销名单"),
                asks=Capability.IMPORT_LISTS,
                carry_out=undoing.approved,
                let_go=undoing.let_go,
            )
        )
