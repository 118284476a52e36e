"""What the guards of the tables ask: in which areas the connection works. Bound by canbao.kernel.binding, else nowhere.

The guards themselves are set by canbao.cli.database.guards after every migration, on the tables that rooms declare.
"""

from django.db import migrations

BOUND = r"""
-- Prefixes as canbao.kernel.scope.area_prefix gives them; the empty one is everywhere. Null where nobody is bound.
CREATE FUNCTION staff_prefixes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('canbao.prefixes', true), '')::text[]
$$;

-- The codes of what these areas lie in: the pooling area of a village, whose money follows from the village's work.
CREATE FUNCTION staff_funds() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT code) FROM unnest(staff_prefixes()) prefix,
        unnest(ARRAY[substr(prefix, 1, 2) || '0000', substr(prefix, 1, 4) || '00', substr(prefix, 1, 6)]) code
    WHERE length(code) = 6 AND prefix <> ''
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_laws")]
    operations = [
        migrations.RunSQL(BOUND, "DROP FUNCTION staff_funds(); DROP FUNCTION staff_prefixes()"),
    ]
