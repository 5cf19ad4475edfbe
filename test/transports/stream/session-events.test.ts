import { expect } from "chai"
import { deliverMessage, emitLoss } from "../../../src/transports/stream/session-events.js"
import type { ConnectionHost, TransportEvent } from "../../../src/transports/transport.js"
import type { NetworkPeer } from "../../../src/zmtp/peer.js"
import { ProtocolError, RefusedError } from "../../../src/zmtp/protocol-error.js"
import { sessionBenches } from "../../support/session-bench.js"

const PEER = { address: "10.0.0.1" } as NetworkPeer

/** The events that a lost connection causes. */
function eventsOf(...[error, handshaken, peer]: [Error | undefined, boolean, NetworkPeer?]): TransportEvent[] {
  const events: TransportEvent[] = []
  const host = { emit: (event: TransportEvent) => events.push(event) } as unknown as ConnectionHost
  emitLoss(host, "tcp://host:1", error, handshaken, peer)
  return events
}

describe("emitLoss", () => {
  const address = "tcp://host:1"

  it("emits that the connection is lost, with its known properties", () => {
    expect(eventsOf(undefined, true)).to.deep.equal([{ type: "disconnect", address }])
    const error = new Error("reset")
    expect(eventsOf(error, true, PEER)).to.deep.equal([{ type: "disconnect", address, error, peer: PEER }])
  })

  it("first emits why a handshake failed, by the kind of the error", () => {
    for (const [error, type] of [
      [new ProtocolError("ERR_ZMTP_UNSPECIFIED", "noise"), "handshake:error:protocol"],
      [new RefusedError("400"), "handshake:error:auth"],
      [new Error("reset"), "handshake:error:other"],
    ] as const) {
      expect(eventsOf(error, false)).to.deep.equal([
        { type, address, error },
        { type: "disconnect", address, error },
      ])
    }
    expect(eventsOf(undefined, false).map(({ type }) => type)).to.deep.equal(["handshake:error:other", "disconnect"])
  })
})

describe("deliverMessage", () => {
  const create = sessionBenches()

  it("delivers a message as if the peer had sent it, past the high-water mark, unless it is empty", () => {
    const bench = create({ mark: 1 }).greet()
    for (const text of ["a", "b", "", "c"]) deliverMessage(bench.session, Buffer.from(text))
    expect(bench.received()).to.deep.equal(["a", "b", "c"])
  })

  it("does nothing for a session without a pipe", () => {
    const bench = create()
    deliverMessage(bench.session, Buffer.from("early"))
    expect([bench.greet().received(), bench.take()]).to.deep.equal([[], ["ready"]])
  })
})
