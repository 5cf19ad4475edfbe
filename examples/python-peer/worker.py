"""Counts the characters of texts that main.js sends. Usage: python3 worker.py [tasks endpoint] [results endpoint]"""

import platform
import sys

import zmq

tasks_endpoint, results_endpoint = sys.argv[1:3] or ["tcp://127.0.0.1:5557", "tcp://127.0.0.1:5558"]

context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.connect(tasks_endpoint)
results = context.socket(zmq.PUSH)
results.connect(results_endpoint)

while True:
    task = tasks.recv_json()
    text = task["text"]
    results.send_json({"text": text, "length": len(text), "worker": f"Python {platform.python_version()}"})
