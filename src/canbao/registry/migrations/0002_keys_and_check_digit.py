"""What the model layer cannot say: keys that begin with the pooling area, and the check digit of GB 11643."""

from django.db import migrations

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
REMAINDER = "+".join(f"substr(id_number,{place},1)::int*{weight}" for place, weight in enumerate(WEIGHTS, start=1))
BIRTH = "(extract(year from birth_on)*10000+extract(month from birth_on)*100+extract(day from birth_on))::int"

# CASE fixes the order of evaluation: the sum may only be taken of what is known to be digits.
ID_NUMBER = f"""
ALTER TABLE registry_resident ADD CONSTRAINT registry_resident_id_number CHECK (
    CASE
        WHEN id_number IS NULL THEN document_kind = 'resident_id'
        WHEN document_kind <> 'resident_id' THEN id_number <> ''
        WHEN id_number !~ '^[1-9][0-9]{{16}}[0-9X]$' THEN false
        ELSE substr('10X98765432', ({REMAINDER}) % 11 + 1, 1) = substr(id_number, 18, 1)
             AND substr(id_number, 7, 8)::int = {BIRTH}
    END
)
"""

KEYS = """
ALTER TABLE registry_resident ADD CONSTRAINT registry_resident_household
    FOREIGN KEY (pooling_area, household_id)
    REFERENCES registry_household (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_residentcategory ADD CONSTRAINT registry_category_resident
    FOREIGN KEY (pooling_area, resident_id)
    REFERENCES registry_resident (pooling_area, id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(ID_NUMBER, "ALTER TABLE registry_resident DROP CONSTRAINT registry_resident_id_number"),
        migrations.RunSQL(
            KEYS,
            "ALTER TABLE registry_residentcategory DROP CONSTRAINT registry_category_resident;"
            "ALTER TABLE registry_resident DROP CONSTRAINT registry_resident_household",
        ),
    ]
