import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { Context, curveKeyPair, Pull } from "../src/index.js"
import { compute } from "../test/support/busy.js"
import { skip } from "../test/support/skip.js"
import { closeAll, closing } from "./support/sockets.js"

/** A PUSH of libzmq with heartbeats, which says what happens to its connection. */
const PEER = `
import sys, threading, time, zmq
from zmq.utils.monitor import recv_monitor_message
endpoint, count, server_key, public_key, secret_key = sys.argv[1:6]
context = zmq.Context()
push = context.socket(zmq.PUSH)
push.heartbeat_ivl = 1000
push.heartbeat_timeout = 1000
if server_key:
    push.curve_serverkey, push.curve_publickey, push.curve_secretkey = [key.encode() for key in (server_key, public_key, secret_key)]
monitor = push.get_monitor_socket()
names = {zmq.EVENT_DISCONNECTED: "disconnected", zmq.EVENT_HANDSHAKE_SUCCEEDED: "handshake"}
def watch():
    while True:
        event = recv_monitor_message(monitor)["event"]
        if event in names:
            print(names[event], time.time(), flush=True)
threading.Thread(target=watch, daemon=True).start()
push.connect(endpoint)
for number in range(int(count)):
    push.send(str(number).encode())
    time.sleep(0.01)
print("sent", time.time(), flush=True)
sys.stdin.readline()
push.close(linger=0)
`

interface Said {
  readonly what: string
  /** In ms since the epoch. */
  readonly when: number
}

class Peer {
  readonly #child
  readonly #said: Said[] = []

  constructor(endpoint: string, count: number, keys: readonly string[] = ["", "", ""]) {
    const args = ["-c", PEER, endpoint, String(count), ...keys]
    this.#child = spawn("/usr/bin/python3", args, { stdio: ["pipe", "pipe", "inherit"] })
    createInterface(this.#child.stdout).on("line", (line) => {
      const [what, when] = line.split(" ")
      this.#said.push({ what: what!, when: Number(when) * 1000 })
    })
  }

  /** Ends it, and returns all that it has said. */
  async end(): Promise<readonly Said[]> {
    const closed = once(this.#child, "close")
    this.#child.stdin.end("\n")
    await closed
    return this.#said
  }
}

describe("I/O threads and peers of libzmq", function () {
  this.timeout(60_000)
  const context = new Context({ dedicatedIoThreads: 1 })
  afterEach(closeAll)

  before(async function () {
    const [code] = (await once(spawn("/usr/bin/python3", ["-c", "import zmq"], { stdio: "ignore" }), "exit")) as [
      number,
    ]
    if (code !== 0) skip(this, "pyzmq is not installed")
  })

  it("SHALL keep a peer connected that expects an answer to its heartbeats each second, while the application computes", async () => {
    const pull = closing(new Pull({ context }))
    await pull.bind("tcp://127.0.0.1:*")
    const count = 300
    const peer = new Peer(pull.lastEndpoint!, count)
    expect(String(await pull.receive())).to.equal("0")
    compute(5000)
    for (let number = 1; number < count; number++) expect(String(await pull.receive())).to.equal(String(number))
    const said = await peer.end()
    expect(said.map(({ what }) => what)).to.deep.equal(["handshake", "sent"])
  })

  it("SHALL complete a CURVE handshake while the application computes", async () => {
    const [server, client] = [curveKeyPair(), curveKeyPair()]
    const pull = closing(new Pull({ context, curveServer: true, curveSecretKey: server.secretKey }))
    await pull.bind("tcp://127.0.0.1:*")
    const peer = new Peer(pull.lastEndpoint!, 10, [server.publicKey, client.publicKey, client.secretKey])
    compute(3000)
    const free = Date.now()
    for (let number = 0; number < 10; number++) expect(String(await pull.receive())).to.equal(String(number))
    const said = await peer.end()
    expect(said.map(({ what }) => what)).to.deep.equal(["handshake", "sent"])
    // Both while this thread stood still.
    for (const { what, when } of said) expect(when, what).to.be.lessThan(free)
  })
})
