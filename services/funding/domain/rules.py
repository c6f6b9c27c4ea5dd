"""The rules of the fund, each an error with a code."""

from shared.kernel.errors import DomainError


class AmountNotPositive(DomainError):
    """Money is moved in whole fen above nothing."""

    code = "amount_not_positive"
    chinese = "金额必须大于零"
    english = "an amount must be more than nothing"


class InsufficientBudget(DomainError):
    """A budget line's available balance may never be negative. Details: `available_fen`, `wanted_fen`."""

    code = "insufficient_budget"
    chinese = "预算科目可用余额不足"
    english = "the budget line has not enough left"


class BudgetLineClosed(DomainError):
    """A closed line reserves nothing more."""

    code = "budget_line_closed"
    chinese = "预算科目已关闭"
    english = "the budget line is closed"
