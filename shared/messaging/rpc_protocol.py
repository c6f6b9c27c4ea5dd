"""What caller and service agree on beyond nameko's RPC messages. Imported on both sides, so it imports neither."""

EXCHANGE = "nameko-rpc"

#: The header in which a caller says until when it waits: seconds since 1970, as text.
DEADLINE_HEADER = "qihang.deadline"

#: The exception's name under which a refusal by a rule travels: its arguments are code, texts by language, details.
REFUSED = "Refused"
