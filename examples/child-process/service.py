"""A service of pyzmq on its standard input and output."""

import zmq

from bridge import bridge

reply = zmq.Context.instance().socket(zmq.REP)
port = reply.bind_to_random_port("tcp://127.0.0.1")
ended = bridge(port)
while not ended.is_set():
    if reply.poll(100):
        reply.send(reply.recv().upper())
reply.close(linger=0)
