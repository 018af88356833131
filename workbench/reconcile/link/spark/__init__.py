"""Linking past one machine: the steps of `finding`, with Spark's tables between them.

Records are read, weighed and told by `workers`, where Spark has them; what meets whom is joined by Spark
(`blocks`); what all pairs' weights come to is judged on the driver, which holds numbers only (`engine`).
"""

from workbench.reconcile.link.spark.engine import link

__all__ = ["link"]
