import { expect } from "chai"
import {
  decodeEvent,
  decodeOptions,
  decodePeer,
  encodeEvent,
  encodeOptions,
  encodePeer,
} from "../../../src/transports/io/io-values.js"
import type { TransportEvent, TransportOptions } from "../../../src/transports/transport.js"
import type { NetworkPeer } from "../../../src/zmtp/peer.js"
import { ProtocolError } from "../../../src/zmtp/protocol-error.js"
import { thrown } from "../../support/receiving.js"

/** A view of a part of `memory`, as most frames are. */
const view = (memory: ArrayBuffer, text: string): Buffer => {
  const bytes = Buffer.from(memory, 100, text.length)
  bytes.write(text)
  return bytes
}

const peerWith = (memory: () => ArrayBuffer): NetworkPeer =>
  ({
    socketType: "DEALER",
    routingId: view(memory(), "me"),
    address: "192.0.2.1",
    publicKey: view(memory(), "k".repeat(32)),
    metadata: new Map([["X-Key", view(memory(), "value")]]),
    properties: new Map([["Identity", view(memory(), "me")]]),
  }) as unknown as NetworkPeer

const fresh = (): ArrayBuffer => new ArrayBuffer(1024)

/** All ArrayBuffers that `value` refers to. */
function memories(value: unknown): ArrayBufferLike[] {
  if (value instanceof Uint8Array) return [value.buffer]
  if (value instanceof Map) return [...value.values()].flatMap(memories)
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(memories) : []
}

describe("values for another thread", () => {
  it("keep all information about a peer, which is frozen where it arrives", () => {
    const peer = peerWith(fresh)
    const arrived = decodePeer(structuredClone(encodePeer(peer)))
    expect(arrived).to.deep.equal(peer)
    expect(Object.isFrozen(arrived)).to.equal(true)
    expect(Buffer.isBuffer(arrived.routingId) && Buffer.isBuffer(arrived.metadata.get("X-Key"))).to.equal(true)
  })

  it("contain no memory beyond the bytes themselves, which a clone would copy whole", () => {
    const encoded = encodePeer(peerWith(fresh))
    expect(memories(encoded).map(({ byteLength }) => byteLength)).to.deep.equal([2, 32, 5, 2])
  })

  it("omit the public key of a peer without one", () => {
    const { publicKey, ...peer } = peerWith(fresh)
    expect(publicKey).not.to.equal(undefined)
    expect("publicKey" in decodePeer(structuredClone(encodePeer(peer as NetworkPeer)))).to.equal(false)
  })

  it("keep events, with their error and peer", () => {
    const event = {
      type: "handshake:error:protocol",
      address: "tcp://127.0.0.1:1",
      error: new ProtocolError("ERR_ZMTP_UNSPECIFIED", "x"),
      peer: peerWith(fresh),
    } as unknown as TransportEvent
    const arrived = decodeEvent(structuredClone(encodeEvent(event)))
    expect(arrived).to.deep.include({ type: event.type, address: event.address, peer: event.peer })
    expect(arrived.error).to.be.instanceOf(ProtocolError)
    const plain = { type: "listening", address: "tcp://127.0.0.1:1" } as unknown as TransportEvent
    expect(Object.keys(decodeEvent(structuredClone(encodeEvent(plain))))).to.have.members(["type", "address"])
  })

  describe("options", () => {
    const options = (more: object): TransportOptions =>
      ({
        linger: 5,
        ipv6: true,
        socksProxy: undefined,
        routingId: view(fresh(), "me"),
        ...more,
      }) as unknown as TransportOptions
    const sent = (given: TransportOptions): TransportOptions => decodeOptions(structuredClone(encodeOptions(given)))

    it("keep numbers, booleans, lists, and bytes", () => {
      const arrived = sent(options({ tcpAcceptFilter: ["127.0.0.1/8"] }))
      expect(arrived).to.deep.include({ linger: 5, ipv6: true, tcpAcceptFilter: ["127.0.0.1/8"] })
      expect(Buffer.isBuffer((arrived as unknown as { routingId: Buffer }).routingId)).to.equal(true)
      expect(memories(encodeOptions(options({}))).map(({ byteLength }) => byteLength)).to.deep.equal([2])
    })

    it("lose functions and objects, which cannot be cloned", () => {
      const rejectionOf = (): undefined => undefined
      const arrived = sent(options({ rejectionOf, recycled: { reuse: rejectionOf } }))
      expect(arrived).to.not.have.any.keys("rejectionOf", "recycled")
    })

    it("pass on only that peers are authenticated, which happens in the thread of the socket", () => {
      expect(sent(options({})).authenticate).to.equal(undefined)
      const { authenticate } = sent(options({ authenticate: () => Promise.resolve() }))
      const call = authenticate as unknown as () => unknown
      expect(thrown(() => call()).message).to.equal("Peers are authenticated in the thread of the socket")
    })
  })
})
