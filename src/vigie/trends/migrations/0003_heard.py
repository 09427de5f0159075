"""What the posts of a watch spoke of is remembered beside their counts; the memory of before is learnt again from counts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trends", "0002_repeats")]
    operations = [migrations.AddField("detectorstate", "heard", models.BinaryField(default=bytes))]
