"""`python -m services.funding` runs the service."""

import eventlet

eventlet.monkey_patch()

from services.funding.bootstrap import runtime  # noqa: E402 - nothing may be imported before it is patched
from services.funding.service import FundingService  # noqa: E402
from shared.messaging.runner import main  # noqa: E402

main(FundingService, runtime)
