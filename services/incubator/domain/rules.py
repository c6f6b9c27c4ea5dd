"""The rules of calls and applications, each an error with a code."""

from shared.kernel.errors import DomainError


class CallNotOpen(DomainError):
    """Outside its dates, or not opened, a call takes no application."""

    code = "call_not_open"
    chinese = "该申报批次当前不接受申报，请查看开放时间"
    english = "this call takes no applications now: see its dates"


class CallSettingsInvalid(DomainError):
    """A call can't be opened like this. Details: `fields`."""

    code = "call_settings_invalid"
    chinese = "申报批次设置有误，请按提示修改"
    english = "the call's settings are wrong: see each field"


class SubmissionIncomplete(DomainError):
    """A draft lacks what a submission needs. Details: `fields`, all of them at once."""

    code = "submission_incomplete"
    chinese = "申报材料不完整，请补齐列出的各项后再提交"
    english = "the application is incomplete: fill in all that is listed, then submit"


class AlreadyApplied(DomainError):
    """One live application per team and call."""

    code = "already_applied"
    chinese = "本团队在该批次已有一份有效申请，请在原申请上继续"
    english = "your team has a live application in this call: continue with that one"


class ScreenerEnteredApplication(DomainError):
    """Whoever entered an application at the counter (代办) does not screen it."""

    code = "screener_entered_application"
    chinese = "代办录入人不能审查同一份申请，请交由其他经办人办理"
    english = "whoever entered an application can't screen it: pass it to a colleague"


class ReviewerHasConflict(DomainError):
    """A reviewer who shares an organisation with the team neither sees nor scores it."""

    code = "reviewer_has_conflict"
    chinese = "评审专家与申请团队存在利益冲突，不能评分"
    english = "the reviewer has a conflict of interest with the team"


class ReviewAlreadySubmitted(DomainError):
    """One review per reviewer and application."""

    code = "review_already_submitted"
    chinese = "您已提交过对该申请的评审"
    english = "you have submitted your review of this application already"


class ReviewQuorumNotMet(DomainError):
    """A decision needs the quorum of reviews. Details: `submitted`, `required`."""

    code = "review_quorum_not_met"
    chinese = "评审份数不足，请等待其余专家提交后再决定"
    english = "too few reviews: wait for the others before deciding"


class DecisionIncomplete(DomainError):
    """A panel's decision needs its minutes, and for money its kind, amount and budget line. Details: `fields`."""

    code = "decision_incomplete"
    chinese = "评审会决定缺少必填项，请按提示补充"
    english = "the panel's decision lacks what is listed"


class NoticeNotEnded(DomainError):
    """Nothing is approved before its public notice (公示) ended. Details: `ends_at`."""

    code = "notice_not_ended"
    chinese = "公示期尚未结束，请在公示结束后办理"
    english = "the public notice has not ended yet: approve it after that"


class NoAwardRecommended(DomainError):
    """Funding answered for an application for which no award was recommended."""

    code = "no_award_recommended"
    chinese = "该申请没有推荐资助，请核对"
    english = "no award was recommended for this application"
