import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Performance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(db_index=True)),
                ('sale_opens_at', models.DateTimeField()),
                ('sale_closes_at', models.DateTimeField()),
                ('limit_per_person', models.PositiveSmallIntegerField(default=4, validators=[django.core.validators.MinValueValidator(1)])),
                ('status', models.CharField(choices=[('SCHEDULED', 'Scheduled'), ('CANCELLED', 'Cancelled')], default='SCHEDULED', max_length=10)),
                ('catalogue_version', models.PositiveIntegerField(default=1, editable=False)),
                ('waiting_room_mode', models.CharField(choices=[('OPEN', 'Open: no queue'), ('QUEUE', 'Queue: admitted in order'), ('PAUSED', 'Paused: nobody is admitted'), ('CLOSED', 'Closed: nobody may join')], default='OPEN', max_length=10)),
                ('waiting_room_rate', models.FloatField(default=2.0, help_text='Admissions a second.', validators=[django.core.validators.MinValueValidator(0.01)])),
                ('waiting_room_inside_limit', models.PositiveIntegerField(default=500, help_text='The most people inside at once.', validators=[django.core.validators.MinValueValidator(1)])),
                ('waiting_room_opens_minutes_before', models.PositiveIntegerField(default=30, help_text='How long before the sale the waiting room lets people join.')),
            ],
            options={
                'ordering': ['starts_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.CharField(max_length=10)),
                ('number', models.PositiveSmallIntegerField()),
                ('ordinal', models.PositiveIntegerField()),
                ('x', models.FloatField()),
                ('y', models.FloatField()),
                ('is_accessible', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['venue', 'ordinal'],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=50)),
                ('position', models.PositiveIntegerField(help_text='The order in which sections are listed.')),
            ],
            options={
                'ordering': ['venue', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Venue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('city', models.CharField(blank=True, max_length=50)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('seat_count', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CancellationPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('free_period_hours', models.PositiveIntegerField(default=0, help_text='No fee within so many hours of booking; 0 for no such period.')),
                ('free_period_until_days', models.PositiveSmallIntegerField(default=0, help_text='The free period counts only with at least so many days left before the show.')),
                ('cutoff_days_before', models.PositiveSmallIntegerField(blank=True, help_text='The last day for cancelling, in days before the show; empty: until it starts.', null=True)),
                ('cutoff_time', models.TimeField(blank=True, help_text="Time of that last day, in the venue's time zone.", null=True)),
                ('booking_fee_krw', models.PositiveIntegerField(default=0, help_text="Part of each ticket's price that comes back only on the day of booking.")),
            ],
            options={
                'verbose_name_plural': 'cancellation policies',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('cutoff_days_before', None), ('cutoff_time', None)), models.Q(('cutoff_days_before__isnull', False), ('cutoff_time__isnull', False)), _connector='OR'), name='cancellation_cutoff_day_and_time_together')],
            },
        ),
        migrations.CreateModel(
            name='Concert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('title', models.CharField(max_length=150)),
                ('organiser', models.CharField(max_length=100)),
                ('genre', models.CharField(choices=[('concert', '콘서트'), ('musical', '뮤지컬'), ('play', '연극'), ('classical', '클래식'), ('traditional', '국악'), ('dance', '무용'), ('family', '가족')], db_index=True, max_length=20)),
                ('description', models.TextField(blank=True)),
                ('notice', models.TextField(blank=True, help_text='What ticket buyers have to know.')),
                ('poster', models.CharField(blank=True, help_text="A static file's path, or an address.", max_length=300)),
                ('running_minutes', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ('age_limit', models.PositiveSmallIntegerField(default=0, help_text='The youngest age admitted; 0 for everybody.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('cancellation_policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='concerts', to='concerts.cancellationpolicy')),
            ],
            options={
                'ordering': ['title', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WaitingRoomMark',
            fields=[
                ('performance', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='waiting_room_mark', serialize=False, to='concerts.performance')),
                ('next_number', models.PositiveBigIntegerField(default=0, help_text='The last number that was given out.')),
                ('cursor', models.PositiveBigIntegerField(default=0, help_text='Everybody up to this number had a turn.')),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='performance',
            name='concert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='performances', to='concerts.concert'),
        ),
        migrations.CreateModel(
            name='Grade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20)),
                ('price_krw', models.PositiveIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='The order in which grades are listed.')),
                ('color', models.CharField(default='#6b7280', help_text='As #rrggbb, for drawing the seat map.', max_length=7)),
                ('performance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grades', to='concerts.performance')),
            ],
            options={
                'ordering': ['performance', 'position'],
            },
        ),
        migrations.CreateModel(
            name='BlockedSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('blocked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('blocked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('performance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocked_seats', to='concerts.performance')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='concerts.seat')),
            ],
        ),
        migrations.AddField(
            model_name='seat',
            name='section',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='concerts.section'),
        ),
        migrations.CreateModel(
            name='SectionGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grade', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='section_grades', to='concerts.grade')),
                ('performance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='section_grades', to='concerts.performance')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='concerts.section')),
            ],
        ),
        migrations.AddField(
            model_name='section',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='concerts.venue'),
        ),
        migrations.AddField(
            model_name='seat',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='concerts.venue'),
        ),
        migrations.AddField(
            model_name='performance',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='performances', to='concerts.venue'),
        ),
        migrations.CreateModel(
            name='WaitingRoomChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changes', models.JSONField(help_text='By field, the value before and after: {"mode": ["QUEUE", "PAUSED"]}.')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('performance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waiting_room_changes', to='concerts.performance')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='CancellationTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days_before_min', models.PositiveSmallIntegerField()),
                ('percent', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(100)])),
                ('per_ticket_krw', models.PositiveIntegerField(default=0)),
                ('cap_percent', models.PositiveSmallIntegerField(default=100, validators=[django.core.validators.MaxValueValidator(100)])),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='concerts.cancellationpolicy')),
            ],
            options={
                'ordering': ['policy', '-days_before_min'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'days_before_min'), name='cancellation_tier_once_per_day'), models.CheckConstraint(condition=models.Q(('cap_percent__lte', 100), ('percent__lte', models.F('cap_percent'))), name='cancellation_tier_at_most_the_price')],
            },
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('performance', 'name'), name='grade_once_per_performance'),
        ),
        migrations.AddConstraint(
            model_name='blockedseat',
            constraint=models.UniqueConstraint(fields=('performance', 'seat'), name='seat_blocked_once_per_performance'),
        ),
        migrations.AddConstraint(
            model_name='sectiongrade',
            constraint=models.UniqueConstraint(fields=('performance', 'section'), name='section_one_grade_per_performance'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.UniqueConstraint(fields=('venue', 'code'), name='section_code_once_per_venue'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(fields=('venue', 'ordinal'), name='seat_ordinal_once_per_venue'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(fields=('section', 'row', 'number'), name='seat_number_once_per_row'),
        ),
        migrations.AddIndex(
            model_name='performance',
            index=models.Index(fields=['status', 'sale_closes_at'], name='performance_open_sales'),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.UniqueConstraint(fields=('concert', 'venue', 'starts_at'), name='performance_once_per_concert_venue_and_time'),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.CheckConstraint(condition=models.Q(('sale_opens_at__lt', models.F('sale_closes_at'))), name='performance_sale_opens_before_it_closes'),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.CheckConstraint(condition=models.Q(('limit_per_person__gte', 1)), name='performance_limit_positive'),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.CheckConstraint(condition=models.Q(('waiting_room_rate__gt', 0), ('waiting_room_inside_limit__gte', 1)), name='performance_waiting_room_limits_positive'),
        ),
    ]
