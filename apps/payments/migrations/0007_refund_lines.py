from django.db import migrations, models
from django.db.models import Max
from django.db.models.deletion import CASCADE, PROTECT

OPEN_OR_DONE = ('REQUESTED', 'UNKNOWN', 'DONE')
AT_ONCE = 1000


def mark(apps, schema_editor):
    """Let a line be bound to its newest refund that is open or done: an older one of it was a second payment."""
    refund_lines = apps.get_model('payments', 'RefundLine').objects.using(schema_editor.connection.alias)
    bound = refund_lines.filter(refund__status__in=OPEN_OR_DONE).order_by()
    newest = {pk for _, pk in bound.values_list('line').annotate(newest=Max('pk'))}
    free = [pk for pk in refund_lines.values_list('pk', flat=True) if pk not in newest]
    for first in range(0, len(free), AT_ONCE):
        refund_lines.filter(pk__in=free[first : first + AT_ONCE]).update(live=None)


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_labels'),
        ('payments', '0006_causes_in_a_table'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='RefundLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('refund', models.ForeignKey(on_delete=CASCADE, related_name='refund_lines', to='payments.refund', verbose_name='refund')),
                        ('line', models.ForeignKey(db_column='orderline_id', on_delete=PROTECT, related_name='refund_lines', to='orders.orderline', verbose_name='line')),
                    ],
                    options={
                        'verbose_name': 'line of a refund',
                        'verbose_name_plural': 'lines of refunds',
                        'db_table': 'payments_refund_lines',
                        'unique_together': {('refund', 'line')},
                    },
                ),
                migrations.AlterField(
                    model_name='refund',
                    name='lines',
                    field=models.ManyToManyField(related_name='refunds', through='payments.RefundLine', to='orders.orderline', verbose_name='seats'),
                ),
            ],
        ),
        migrations.AddField(
            model_name='refundline',
            name='live',
            field=models.BooleanField(db_default=True, default=True, editable=False, null=True),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='refundline',
            constraint=models.UniqueConstraint(fields=('line', 'live'), name='one_live_refund_per_line'),
        ),
    ]
