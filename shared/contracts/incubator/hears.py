"""What incubator hears."""

from shared.contracts.contract import hears
from shared.contracts.funding.events import BudgetReserved, ReservationDeclined

HEARS = (hears(BudgetReserved), hears(ReservationDeclined))
