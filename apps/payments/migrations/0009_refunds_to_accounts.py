from django.db import migrations, models

REFUND_STATUSES = [
    ('REQUESTED', 'requested'), ('UNKNOWN', 'unknown'), ('SENT', 'sent to the bank'), ('RETURNED', 'not paid by the bank'),
    ('DONE', 'done'), ('FAILED', 'failed'),
]
KINDS = [
    ('cancel', 'order cancelled'), ('resend_tickets', 'tickets sent again'), ('retry_refund', 'refund tried again'),
    ('ask_provider', 'provider asked'), ('name_account', "refund's account named"), ('settle_by_hand', 'refund settled by hand'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0008_second_payments'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='sendings',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='after the bank did not pay it', verbose_name='sent again'),
        ),
        migrations.AddField(
            model_name='refund',
            name='looked_at',
            field=models.DateTimeField(help_text='when the provider was asked last', null=True, verbose_name='looked at'),
        ),
        migrations.AddField(
            model_name='refund',
            name='hand_reference',
            field=models.CharField(blank=True, db_default='', help_text='what the payment is found by', max_length=120, verbose_name='settled by hand'),
        ),
        migrations.AlterField(
            model_name='refund',
            name='status',
            field=models.CharField(choices=REFUND_STATUSES, default='REQUESTED', max_length=12, verbose_name='status'),
        ),
        migrations.AlterModelOptions(
            name='refund',
            options={'ordering': ['payment', 'number'], 'permissions': [('waive_fee', 'Can cancel without a fee where the organiser is at fault'), ('settle_by_hand', 'Can note that a refund was paid in another way')], 'verbose_name': 'refund', 'verbose_name_plural': 'refunds'},
        ),
        migrations.AlterField(
            model_name='staffact',
            name='kind',
            field=models.CharField(choices=KINDS, max_length=16, verbose_name='act'),
        ),
    ]
