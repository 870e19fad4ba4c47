"""The library of Medallion's pipelines: a job's context, exactly-once ingestion, the lease, the run of all steps."""

from medallion.context import Job, job
from medallion.events import emit

__all__ = ["Job", "emit", "job"]
