"""One process of a measurement on pyzmq. Arguments and output are those of `zmq.mjs`."""

import json
import signal
import sys
import time

import zmq

if len(sys.argv) == 1:
    print(f"{zmq.pyzmq_version()} (libzmq {zmq.zmq_version()})")
    sys.exit()

role, endpoint = sys.argv[1:3]
size, peers, warm_up, duration = map(float, sys.argv[3:7])
context = zmq.Context()
body = b"a" * int(size)
# pyzmq recommends copying messages of less than 64 KiB.
COPY = size < 65536


def say(**line):
    print(json.dumps(line), flush=True)


def bound(kind):
    socket = context.socket(kind)
    socket.bind(endpoint)
    say(endpoints=socket.last_endpoint.decode())
    return socket


def connected(kind):
    socket = context.socket(kind)
    socket.connect(endpoint)
    return socket


def measure(steps, as_time=False):
    """Counts the steps that the iterator takes, in strides, and prints the figures."""
    stride = 16 if as_time or size > 4000 else 256
    next(steps)
    for name, length in ("cold", warm_up / 1000), ("value", duration / 1000):
        counted, start, elapsed = 0, time.perf_counter(), 0.0
        while elapsed < length:
            for _ in range(stride):
                next(steps)
            counted += stride
            elapsed = time.perf_counter() - start
        say(**{name: elapsed / counted * 1e6 if as_time else counted / elapsed})


def received(socket):
    while True:
        yield socket.recv(copy=COPY)


def round_trips(socket):
    while True:
        socket.send(body, copy=COPY)
        yield socket.recv(copy=COPY)


def deliveries():
    """Of `peers` subscribers, every second one subscribes to what is published; a single one does."""
    poller = zmq.Poller()
    missing = set()
    for index in range(int(peers)):
        socket = connected(zmq.SUB)
        matches = index < max(1, peers // 2)
        socket.subscribe("a" if matches else "b")
        poller.register(socket, zmq.POLLIN)
        if matches:
            missing.add(socket)
    while True:
        for socket, _ in poller.poll():
            try:
                for _ in range(100):
                    socket.recv(zmq.NOBLOCK, copy=COPY)
                    missing.discard(socket)
                    if not missing:
                        yield
            except zmq.Again:
                pass


if role == "pull":
    measure(received(bound(zmq.PULL)))
elif role in ("push", "pub"):
    socket = connected(zmq.PUSH) if role == "push" else bound(zmq.PUB)
    while True:
        socket.send(body, copy=COPY)
elif role == "rep":
    socket = bound(zmq.REP)
    while True:
        socket.send(socket.recv(copy=COPY), copy=COPY)
elif role == "req":
    measure(round_trips(connected(zmq.REQ)), as_time=True)
elif role == "subs":
    measure(deliveries())
else:
    sys.exit(f"unknown role {role}")
# The benchmark ends all processes.
signal.pause()
