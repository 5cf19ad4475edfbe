import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Context, curveKeyPair, Pull } from "../src/index.js"
import { compute, computeUntilMade } from "../test/support/busy.js"
import { skip } from "../test/support/skip.js"
import { closeAll, closing } from "./support/sockets.js"

/** A libzmq PUSH with heartbeats, which reports the events of its connection. */
const PEER = `
import sys, threading, time, zmq
from zmq.utils.monitor import recv_monitor_message
endpoint, count, folder, server_key, public_key, secret_key = sys.argv[1:7]
def say(what):
    open(folder + "/" + what, "w").close()
    print(what, flush=True)
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
            say(names[event])
threading.Thread(target=watch, daemon=True).start()
push.connect(endpoint)
# Spread over the time in which the application is busy.
for number in range(int(count)):
    push.send(str(number).encode())
    time.sleep(0.01)
say("sent")
sys.stdin.readline()
push.close(linger=0)
`

class Peer {
  readonly #child
  readonly #said: string[] = []

  /** @param folder Where it creates a file for each report. */
  constructor(endpoint: string, count: number, folder: string, keys: readonly string[] = ["", "", ""]) {
    const args = ["-c", PEER, endpoint, String(count), folder, ...keys]
    this.#child = spawn("/usr/bin/python3", args, { stdio: ["pipe", "pipe", "inherit"] })
    createInterface(this.#child.stdout).on("line", (line) => this.#said.push(line))
  }

  /** Stops the peer, and returns all of its reports. */
  async end(): Promise<readonly string[]> {
    const closed = once(this.#child, "close")
    this.#child.stdin.end("\n")
    await closed
    return this.#said
  }
}

describe("I/O threads and peers of libzmq", function () {
  this.timeout(60_000)
  const context = new Context({ dedicatedIoThreads: 1 })
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zmtp-io-"))
  })
  afterEach(() => {
    closeAll()
    rmSync(folder, { recursive: true, force: true })
  })

  before(async function () {
    const [code] = (await once(spawn("/usr/bin/python3", ["-c", "import zmq"], { stdio: "ignore" }), "exit")) as [
      number,
    ]
    if (code !== 0) skip(this, "pyzmq is not installed")
  })

  it("answer the heartbeats of a peer within a second while the application is busy", async () => {
    const pull = closing(new Pull({ context }))
    await pull.bind("tcp://127.0.0.1:*")
    const count = 300
    const peer = new Peer(pull.lastEndpoint!, count, folder)
    expect(String(await pull.receive())).to.equal("0")
    compute(3000)
    computeUntilMade(join(folder, "sent"))
    for (let number = 1; number < count; number++) expect(String(await pull.receive())).to.equal(String(number))
    expect(await peer.end()).to.have.members(["handshake", "sent"])
  })

  it("complete a CURVE handshake while the application is busy", async () => {
    const [server, client] = [curveKeyPair(), curveKeyPair()]
    const pull = closing(new Pull({ context, curveServer: true, curveSecretKey: server.secretKey }))
    await pull.bind("tcp://127.0.0.1:*")
    const peer = new Peer(pull.lastEndpoint!, 10, folder, [server.publicKey, client.publicKey, client.secretKey])
    computeUntilMade(join(folder, "handshake"))
    computeUntilMade(join(folder, "sent"))
    for (let number = 0; number < 10; number++) expect(String(await pull.receive())).to.equal(String(number))
    // The order is not certain: a thread of its own reports the handshake, and messages are sent before it, too.
    expect(await peer.end()).to.have.members(["handshake", "sent"])
  })
})
