"""Ids that clients make up are compared byte by byte: `a` and `A` are two messages, and neither is lost."""

from django.db import migrations

COLUMNS = [("counseling_counselmessage", "client_message_id"), ("counseling_counselsession", "request_id")]


def compare_bytes(apps, schema_editor):
    if schema_editor.connection.vendor == "mysql":  # SQLite does by itself
        for table, column in COLUMNS:
            schema_editor.execute(
                f"ALTER TABLE {table} MODIFY {column} varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL"
            )


class Migration(migrations.Migration):
    dependencies = [("counseling", "0002_kpis")]

    atomic = False  # MySQL commits with each ALTER

    operations = [migrations.RunPython(compare_bytes, migrations.RunPython.noop)]
