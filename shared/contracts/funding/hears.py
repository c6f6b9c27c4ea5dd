"""What funding hears."""

from shared.contracts.contract import hears
from shared.contracts.incubator.events import ApplicationWithdrawn, AwardRecommended

HEARS = (hears(AwardRecommended), hears(ApplicationWithdrawn))
