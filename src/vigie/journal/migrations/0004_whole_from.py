"""From which line on a chain is held to, once somebody took note of what is wrong before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_segments")]
    operations = [migrations.AddField("head", "whole_from", models.PositiveBigIntegerField(default=0))]
