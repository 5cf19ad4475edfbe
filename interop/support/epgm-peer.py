# A peer with libzmq: epgm-peer.py pub|sub ENDPOINT RATE [RECOVERY].
#
# Prints its reports as lines of JSON. "pub" publishes "hello" until it reads a line from stdin: a list of messages, each a
# list of frames [byte, size]. It then publishes these messages, each with its number as the first frame, and runs until stdin
# ends. "sub" reports "joined" for the first "hello" of each publisher, and then the number and a digest of each message, until
# stdin ends.
import hashlib, json, os, select, sys, threading, zmq

name = str(os.getpid()).encode()
role, endpoint, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = zmq.Context()
socket = context.socket(zmq.PUB if role == "pub" else zmq.SUB)
socket.setsockopt(zmq.LINGER, 0)
socket.setsockopt(zmq.RATE, rate)
socket.setsockopt(zmq.SNDHWM, 0)
socket.setsockopt(zmq.RCVHWM, 0)
if len(sys.argv) > 4:
    socket.setsockopt(zmq.RECOVERY_IVL, int(sys.argv[4]))
if role == "sub":
    socket.setsockopt(zmq.SUBSCRIBE, b"")
socket.connect(endpoint)


def tell(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if role == "pub":
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        socket.send_multipart([b"hello", name])
    for number, frames in enumerate(json.loads(sys.stdin.readline())):
        socket.send_multipart([str(number).encode()] + [bytes([byte]) * size for byte, size in frames])
    tell("sent")
    sys.stdin.readline()
else:
    def leave():
        sys.stdin.readline()
        os._exit(0)

    threading.Thread(target=leave, daemon=True).start()
    joined = set()
    while True:
        frames = socket.recv_multipart()
        if frames[0] == b"hello":
            if frames[1] not in joined:
                tell("joined")
            joined.add(frames[1])
            continue
        digest = hashlib.sha256(b"|".join(frames)).hexdigest()
        tell([int(frames[0]), digest])
