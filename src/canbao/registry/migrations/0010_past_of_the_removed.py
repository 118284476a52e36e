"""Who was entered by mistake and is removed, and a household that this leaves empty, take along what they left."""

from django.db import migrations

_KEYS = """
ALTER TABLE registry_formermember DROP CONSTRAINT registry_former_member;
ALTER TABLE registry_formermember DROP CONSTRAINT registry_former_member_of;
ALTER TABLE registry_formermember ADD CONSTRAINT registry_former_member
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) {gone} DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_formermember ADD CONSTRAINT registry_former_member_of
    FOREIGN KEY (pooling_area, household_id)
    REFERENCES registry_household (pooling_area, id) {gone} DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_households")]
    operations = [migrations.RunSQL(_KEYS.format(gone="ON DELETE CASCADE"), _KEYS.format(gone=""))]
