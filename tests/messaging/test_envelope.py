"""The envelope: what every event carries, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging import envelope as envelopes
from shared.messaging.failures import NoEnvelope, NotJson, TooLarge, Unacceptable
from tests.messaging.toy import body

GOOD: dict[str, Any] = json.loads(body("one", 1))


def test_an_envelope_is_a_cloud_event_with_our_extensions() -> None:
    """Point 8: the attributes of CloudEvents 1.0, and correlation and sequence."""
    assert GOOD["specversion"] == "1.0"
    assert GOOD["datacontenttype"] == "application/json"
    assert {"id", "source", "type", "subject", "time", "sequence", "correlationid", "data"} <= GOOD.keys()
    assert GOOD["type"].endswith(".v1")


def test_an_envelope_reads_back_as_it_was_written() -> None:
    """Encoding and decoding lose nothing, and the same bytes come out again."""
    once = body("中文", 7, causation_id="cause", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    decoded = envelopes.decode(once)
    assert decoded.data["label"] == "中文"
    assert (decoded.causation_id, decoded.sequence) == ("cause", 7)
    assert decoded.encode() == once


@pytest.mark.parametrize("missing", sorted(GOOD.keys() - {"datacontenttype"}))
def test_an_envelope_without_an_attribute_is_refused(missing: str) -> None:
    """Each attribute is needed."""
    with pytest.raises(NoEnvelope):
        envelopes.decode(json.dumps({key: value for key, value in GOOD.items() if key != missing}).encode())


@pytest.mark.parametrize(
    ("attribute", "wrong"),
    [
        ("id", "no uuid"),
        ("id", 5),
        ("sequence", 0),
        ("sequence", "1"),
        ("sequence", True),
        ("sequence", 1.5),
        ("sequence", 2**40),
        ("time", "yesterday"),
        ("time", "2026-03-02T09:00:00"),
        ("type", "thing_changed"),
        ("source", "somewhere"),
        ("data", []),
        ("data", None),
        ("subject", ""),
        ("subject", "x" * 201),
        ("subject", "thing/\x00"),
        ("specversion", "0.3"),
        ("correlationid", None),
        ("traceparent", 5),
    ],
)
def test_an_attribute_of_a_wrong_type_is_refused(attribute: str, wrong: object) -> None:
    """Whatever is wrong, the code is the same and the text names the attribute."""
    with pytest.raises(NoEnvelope, match=attribute):
        envelopes.decode(json.dumps({**GOOD, attribute: wrong}).encode())


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"not json", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(text: bytes) -> None:
    """Also one made to exhaust the parser."""
    with pytest.raises(NotJson):
        envelopes.decode(text)


def test_a_body_that_is_too_large_is_not_even_parsed() -> None:
    """The limit comes first."""
    with pytest.raises(TooLarge):
        envelopes.decode(b"{" * (envelopes.MAX_BYTES + 1))


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode()))
def test_nothing_but_unacceptable_comes_out_of_rubbish(rubbish: bytes) -> None:
    """A consumer that catches Unacceptable has caught everything."""
    with pytest.raises(Unacceptable):
        envelopes.decode(rubbish)
