"""Kafka's producer for the relay: a batch is sent in order, and what was acknowledged of it is a beginning of each partition's.

Idempotence keeps the order through the client's own retries (acks=all, sequence numbers), and messages never time out by
themselves: one that did would leave a gap, with later ones of its key behind it. Whoever gives up on a batch throws the whole
producer away; the broker takes none of its later messages without the earlier ones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ballast.gateway.bus.tls import Kafka


@dataclass(slots=True)
class Sent:
    """What became of a batch: for each message, in order, its partition and offset, or None; and the first error."""

    places: list[tuple[int, int] | None]
    error: str = ""
    last: float = field(default_factory=time.monotonic)
    """When something was last acknowledged."""

    @property
    def waiting(self) -> int:
        """How many are not acknowledged."""
        return self.places.count(None)


class BusProducer:
    """One client. `send` blocks: call it from a thread. After an error or a stop the client is of no more use: `throw_away`."""

    def __init__(self, kafka: Kafka) -> None:
        self.dead = ""
        self._producer = Producer(
            {
                **kafka.config(),
                "client.id": "ballast-gateway",
                "acks": "all",
                "enable.idempotence": True,
                "enable.gapless.guarantee": True,
                "message.timeout.ms": 0,
                "linger.ms": 2,
                "compression.type": "zstd",
                "topic.metadata.propagation.max.ms": 2000,
                "error_cb": self._failed,
            }
        )

    def send(
        self, topic: str, messages: Sequence[tuple[str, bytes]], stop: threading.Event, *, stall_seconds: float,
        acknowledged: Callable[[], None] = lambda: None,
    ) -> Sent:  # fmt: skip
        """Send (key, value) pairs and wait until all are acknowledged, something fails, `stop` is set, or nothing has been
        acknowledged for `stall_seconds`.
        """
        sent = Sent([None] * len(messages))

        def note(place: int) -> Callable[[KafkaError | None, Message], None]:
            def done(error: KafkaError | None, message: Message) -> None:
                partition, offset = message.partition(), message.offset()
                if error is not None or partition is None or offset is None:
                    sent.error = sent.error or (error.str() if error else "no place was given")
                    return
                sent.places[place] = (partition, offset)
                sent.last = time.monotonic()
                acknowledged()

            return done

        try:
            for place, (key, value) in enumerate(messages):
                self._producer.produce(topic, value, key, on_delivery=note(place))
        except (KafkaException, BufferError) as error:
            sent.error = str(error)
        while not sent.error and not self.dead and sent.waiting and not stop.is_set():
            self._producer.poll(0.05)
            if time.monotonic() - sent.last > stall_seconds:
                sent.error = f"nothing was acknowledged for {stall_seconds:g} s"
        sent.error = sent.error or self.dead
        return sent

    def throw_away(self) -> None:
        """Drop what waits, and the connections."""
        self._producer.purge()
        self._producer.poll(0)

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self.dead = error.str()
