"""What is counted of webhooks: each attempt by what came of it, and the receivers that do not answer."""

from prometheus_client import Counter, Gauge

attempts_total = Counter(
    "rainmaker_webhook_attempts_total",
    "Attempts to deliver, by outcome: accepted, refused (the receiver works), failed, unanswered.",
    ["service", "outcome"],
)
receivers_failing = Gauge(
    "rainmaker_webhook_receivers_failing", "Receivers that failed three times in a row, until they answer.", ["service"]
)
