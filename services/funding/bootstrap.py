"""Funding's composition root: the only place that reads the environment and builds what the service stands on."""

import os
from collections.abc import Mapping
from pathlib import Path

from services.funding.adapters.unit_of_work import FundingUnitOfWork
from shared.messaging import settings
from shared.messaging.runtime import Runtime, runtime_from

SERVICE = "funding"
MIGRATIONS = Path(__file__).parent / "migrations"


def runtime(environ: Mapping[str, str] = os.environ) -> Runtime:
    """Everything that is decided outside the code. Raises SettingsError."""
    return runtime_from(settings.read(environ, SERVICE), migrations=MIGRATIONS, unit_of_work=FundingUnitOfWork)
