"""`python -m services.incubator` runs the service."""

import eventlet

eventlet.monkey_patch()

from services.incubator.bootstrap import runtime  # noqa: E402 - nothing may be imported before it is patched
from services.incubator.service import IncubatorService  # noqa: E402
from shared.messaging.runner import main  # noqa: E402

main(IncubatorService, runtime)
