"""Errors that mean something to a person: each has a stable code, and says in both languages what to do."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule was not kept; nothing was changed. Subclasses name the rule and give it a code."""

    code: ClassVar[str] = "domain_error"
    chinese: ClassVar[str] = "操作未完成"
    english: ClassVar[str] = "this can't be done"

    def __init__(self, **details: Any) -> None:
        super().__init__(f"{self.code}: {self.english}" + (f" {details}" if details else ""))
        self.details = details

    @property
    def texts(self) -> dict[str, str]:
        """What to tell the person, by language."""
        return {"zh": self.chinese, "en": self.english}


class NotFound(DomainError):
    """There is no such thing, or it is not for this person to know."""

    code = "not_found"
    chinese = "没有找到，请检查编号"
    english = "there is no such thing: check its id"


class InvalidState(DomainError):
    """The command does not fit the state. Details: `state`, `command`, and `allowed`, the states in which it does."""

    code = "invalid_state"
    chinese = "当前状态不能执行此操作，请刷新后查看最新状态"
    english = "not in this state: reload to see how things stand"


class ConcurrentUpdate(DomainError):
    """Somebody else changed it in the meantime."""

    code = "concurrent_update"
    chinese = "其他人刚刚修改过，请刷新后重试"
    english = "somebody else has just changed this: reload and try again"


class IdUsedOtherwise(DomainError):
    """The id that the caller chose is taken by something else."""

    code = "id_used_otherwise"
    chinese = "该编号已用于其他内容，请重新提交"
    english = "this id is taken by something else: choose a new one"


class InvalidInput(DomainError):
    """Fields are wrong. Details: `fields`, by name the codes of what is wrong, all of them at once."""

    code = "invalid_input"
    chinese = "填写有误，请按提示修改"
    english = "some fields are wrong: see each"
