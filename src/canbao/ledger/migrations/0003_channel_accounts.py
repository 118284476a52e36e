"""Accounts of named channels: what they took, what settled no bill, and what goes back."""

from django.db import migrations

DECLARED = r"""
CREATE OR REPLACE FUNCTION ledger_account_is_declared(account text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT account ~ '%s'
$$;
"""
BEFORE = "^(receivable/[0-9]{6}/[0-9]{4}/(resident|subsidy/[a-z_]+)|expected/[0-9]{6}/[0-9]{4}|income/[0-9]{6}/[0-9]{4}/(contribution|repair)|cash/[0-9]{6}/counter/[0-9]+|clearing/[0-9]{6}/pos/[0-9]+)$"  # noqa: E501
AFTER = "^(receivable/[0-9]{6}/[0-9]{4}/(resident|subsidy/[a-z_]+)|expected/[0-9]{6}/[0-9]{4}|income/[0-9]{6}/[0-9]{4}/(contribution|repair)|cash/[0-9]{6}/counter/[0-9]+|clearing/[0-9]{6}/(pos/[0-9]+|channel/[a-z_]+)|held/[0-9]{6}/[a-z_]+/[a-z_]+|refund_due/[0-9]{6}/[a-z_]+)$"  # noqa: E501


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_laws")]
    operations = [migrations.RunSQL(DECLARED % AFTER, DECLARED % BEFORE)]
