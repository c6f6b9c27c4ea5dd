"""Contracts: strict about types, open to additions, and the topology follows from them."""

from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

import pytest

from shared.contracts import catalogue
from shared.contracts.contract import InvalidEventData, contract_of, event
from shared.messaging.failures import UnknownType, UnknownVersion, WrongData
from shared.messaging.subscription import ContractMismatch, Handler, subscriptions_of
from tests.messaging.toy import CONTRACTS, NoteWritten, Service, ThingPolished, ThingStarted, arrival, body, subscription


@event("gamma.sample_taken", aggregate="sample")
class SampleTaken:
    """Has a field of every kind that a contract may have."""

    count: int
    kind: Literal["grant", "loan"]
    at: datetime
    yes: bool
    codes: tuple[str, ...] = ()
    note: str | None = None


PLAIN = {"count": 1, "kind": "loan", "at": "2026-03-02T09:00:00+00:00", "yes": True, "codes": ["a"], "note": None}


def test_data_reads_back_as_it_was_written() -> None:
    """Dumping and loading lose nothing."""
    data = SampleTaken(count=1, kind="loan", at=datetime(2026, 3, 2, 9, tzinfo=UTC), yes=True, codes=("a",))
    contract = contract_of(SampleTaken)
    assert contract.dump(data) == PLAIN
    assert contract.load(PLAIN) == data


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("count", "1"), ("count", 1.5), ("count", True), ("kind", "gift"), ("at", "2026-03-02T09:00:00"), ("yes", 1)]
    + [("codes", "a"), ("codes", [1]), ("note", 5), ("count", None)],
)
def test_a_wrong_type_is_refused(field: str, wrong: object) -> None:
    """Nothing is bent into shape."""
    with pytest.raises(InvalidEventData, match=field):
        contract_of(SampleTaken).load({**PLAIN, field: wrong})


def test_an_added_field_is_passed_over_and_a_field_with_a_default_may_be_missing() -> None:
    """Point 9: contracts evolve by addition, in both directions."""
    plain = {**PLAIN, "new": "field"}
    del plain["codes"], plain["note"]
    assert contract_of(SampleTaken).load(plain).codes == ()


def test_what_could_not_be_read_back_is_not_said() -> None:
    """The speaker notices, not the hearers."""
    with pytest.raises(InvalidEventData, match="kind"):
        contract_of(SampleTaken).dump(
            SampleTaken(count=1, kind="gift", at=datetime(2026, 3, 2, tzinfo=UTC), yes=True)  # type: ignore[arg-type]
        )


def test_an_event_declared_twice_is_refused() -> None:
    """Two meanings for one type would be found out too late."""
    contract = contract_of(SampleTaken)
    with pytest.raises(ValueError, match="twice"):
        catalogue.build({"gamma": ([contract, contract], [])})


def test_a_consumer_that_needs_order_gets_every_event_of_the_aggregate() -> None:
    """Else it could not tell a gap from an event that it does not hear."""
    bound = {contract.data_class for contract in CONTRACTS.bound("beta", "alpha")}
    assert ThingPolished in bound
    assert NoteWritten in bound


def test_handlers_and_contract_must_agree() -> None:
    """A service that forgot a handler does not start."""
    handlers = {contract_of(ThingStarted).key: Handler(Service.on_event)}
    with pytest.raises(ContractMismatch, match=r"alpha\.note_written\.v1, alpha\.thing_changed\.v1"):
        subscriptions_of("beta", handlers, CONTRACTS)


def test_an_event_that_is_not_heard_is_read_without_its_data() -> None:
    """It only counts in its aggregate."""
    assert not arrival("x", 1, kind=ThingPolished).is_handled


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"type": "alpha.thing_vanished.v1"}, UnknownType),
        ({"type": "alpha.thing_changed.v9"}, UnknownVersion),
        ({"source": "/services/gamma"}, UnknownType),
        ({"subject": f"note/{uuid4()}"}, WrongData),
        ({"data": {"label": 5}}, WrongData),
        ({"data": {}}, WrongData),
    ],
)
def test_a_message_against_its_contract_is_refused_with_the_reason(changes: dict[str, object], error: type[Exception]) -> None:
    """The code of the error is the dead letter's reason."""
    with pytest.raises(error):
        subscription().read(body("x", 1, **changes))
