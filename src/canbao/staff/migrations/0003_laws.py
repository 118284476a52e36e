"""What the database itself does: it keeps how rows were before they changed, and lets nobody rewrite what is kept."""

from django.db import migrations

HISTORY = """
-- The program's time: the demo lives a whole number of days away from the machine's clock.
CREATE FUNCTION staff_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() + make_interval(
        days => coalesce(nullif(current_setting('canbao.clock_shift_days', true), ''), '0')::int)
$$;

-- Of the definer, so that nobody else needs the right to write history. The arguments are the columns of the key.
CREATE FUNCTION staff_keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    moment timestamptz := staff_now() + (clock_timestamp() - now());
    actor bigint := nullif(current_setting('canbao.actor', true), '')::bigint;
    named text := coalesce(nullif(current_setting('canbao.actor_name', true), ''), session_user);
    aim text := coalesce(current_setting('canbao.purpose', true), '');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO staff_change (pooling_area, village_code, at, actor_id, actor_name, purpose, table_name, row_id,
                                  kind, old, changed)
        SELECT o.line ->> 'pooling_area', coalesce(o.line ->> 'village_code', o.line ->> 'area_code'), moment,
               actor, named, aim, TG_TABLE_NAME, o.key, 'update', difference.old, difference.changed
        FROM (SELECT r.line, (SELECT string_agg(r.line ->> k, ',' ORDER BY i)
                              FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, i)) AS key
              FROM (SELECT to_jsonb(was) AS line FROM old_rows was) r) o
        JOIN (SELECT r.line, (SELECT string_agg(r.line ->> k, ',' ORDER BY i)
                              FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, i)) AS key
              FROM (SELECT to_jsonb(becomes) AS line FROM new_rows becomes) r) n ON n.key = o.key
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(field.key, field.value) AS old, array_agg(field.key) AS changed
            FROM jsonb_each(o.line) field WHERE field.value IS DISTINCT FROM n.line -> field.key
        ) difference
        WHERE difference.old IS NOT NULL;
    ELSE
        INSERT INTO staff_change (pooling_area, village_code, at, actor_id, actor_name, purpose, table_name, row_id,
                                  kind, old, changed)
        SELECT r.line ->> 'pooling_area', coalesce(r.line ->> 'village_code', r.line ->> 'area_code'), moment,
               actor, named, aim, TG_TABLE_NAME,
               (SELECT string_agg(r.line ->> k, ',' ORDER BY i) FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, i)),
               'delete', r.line, ARRAY(SELECT jsonb_object_keys(r.line))
        FROM (SELECT to_jsonb(was) AS line FROM old_rows was) r;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION staff_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER staff_change_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_change
    FOR EACH STATEMENT EXECUTE FUNCTION staff_refuse_change();
CREATE TRIGGER staff_access_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_access
    FOR EACH STATEMENT EXECUTE FUNCTION staff_refuse_change();
"""

APPROVALS = """
-- A wish is decided once; what was asked stays as it was asked.
CREATE FUNCTION staff_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept staff_approval;
BEGIN
    kept := NEW;
    kept.state := OLD.state;
    kept.decided_by_id := OLD.decided_by_id;
    kept.decided_by := OLD.decided_by;
    kept.decided_at := OLD.decided_at;
    kept.reason := OLD.reason;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'approval % cannot change after it was asked', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'approval % is decided', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER staff_approval_guard BEFORE UPDATE ON staff_approval
    FOR EACH ROW EXECUTE FUNCTION staff_approval_guard();
CREATE TRIGGER staff_approval_stays BEFORE DELETE OR TRUNCATE ON staff_approval
    FOR EACH STATEMENT EXECUTE FUNCTION staff_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_approvals_and_trail")]
    operations = [migrations.RunSQL(HISTORY), migrations.RunSQL(APPROVALS)]
