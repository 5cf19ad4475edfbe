import fc from "fast-check"
import { once } from "node:events"
import { connect } from "node:net"
import * as zmq from "../../src/index.js"
import { hex } from "../support/cuts.js"
import { COMMAND, GREETING_3_1, READY } from "../support/vectors.js"
import { chunksOf, mutate, mutation, places } from "./mutations.js"
import type { Target } from "./target.js"

const PAIRS = [
  [zmq.Pull, READY.PUSH],
  [zmq.Router, READY.DEALER],
  [zmq.Reply, READY.REQ],
  [zmq.Dealer, READY.ROUTER],
  [zmq.Publisher, READY.SUB],
  [zmq.XPublisher, READY.XSUB],
  [zmq.Subscriber, READY.PUB],
  [zmq.Request, READY.REP],
  [zmq.Pair, READY.PAIR],
  [zmq.Push, READY.PULL],
  [zmq.XSubscriber, READY.XPUB],
] as const

const frame = fc.constantFrom(...Object.values(COMMAND), hex("0000"), hex("000568656c6c6f"), hex("010000026869"))

export const sessions: readonly Target[] = [
  {
    name: "a whole session with faults over tcp, and a good peer after it",
    weight: 1,
    property: () =>
      fc.asyncProperty(
        fc.constantFrom(...PAIRS),
        fc.array(frame, { maxLength: 8 }),
        fc.array(mutation, { maxLength: 4 }),
        places,
        fc.constantFrom("end", "reset"),
        async ([Type, ready], frames, faults, cuts, how) => {
          const context = new zmq.Context()
          const socket = new Type({ context, linger: 0, maxMessageSize: 10_000 })
          try {
            await socket.bind("tcp://127.0.0.1:*")
            const address = { host: "127.0.0.1", port: Number(socket.lastEndpoint!.split(":").pop()) }
            const peer = connect(address)
            const gone = new Promise((resolve) => peer.once("close", resolve))
            peer.on("error", () => undefined)
            await once(peer, "connect")
            peer.resume()
            const bytes = faults.reduce(mutate, Buffer.concat([GREETING_3_1, ready, ...frames]))
            for (const chunk of chunksOf(bytes, cuts)) if (!peer.destroyed) peer.write(chunk)
            if (how === "end") peer.end()
            else peer.resetAndDestroy()
            await gone
            // PAIR accepts one peer only, and the socket may not have noticed yet that the first one has left.
            if (!(socket instanceof zmq.Pair)) await greet(address, ready)
          } finally {
            socket.close()
          }
        },
      ),
  },
]

/** Checks that a well-behaved peer receives a greeting (64 bytes) and READY. */
async function greet(address: { host: string; port: number }, ready: Buffer): Promise<void> {
  const peer = connect(address)
  peer.write(Buffer.concat([GREETING_3_1, ready]))
  let size = 0
  for await (const chunk of peer) {
    size += (chunk as Buffer).length
    if (size > 64 + 20) return
  }
  throw new Error("A good peer was not served")
}
