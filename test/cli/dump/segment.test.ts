import { expect } from "chai"
import { segmentOf } from "../../../src/cli/dump/segment.js"
import { ethernet, ipv4, ipv6, loopback } from "../../support/capture.js"

const SEGMENT = { from: "client", sequence: 7, payload: Buffer.from("hello") } as const
const PACKET = ipv4(SEGMENT)

function payloadOf(linkType: number, data: Buffer): string | undefined {
  return segmentOf(linkType, data)?.payload.toString()
}

describe("a captured packet", () => {
  for (const [what, linkType, data] of [
    ["BSD loopback", 0, loopback(PACKET)],
    ["OpenBSD loopback", 108, loopback(PACKET)],
    ["Ethernet", 1, ethernet(PACKET)],
    ["raw IP", 101, PACKET],
    ["raw IPv4", 228, PACKET],
    ["Linux cooked capture", 113, Buffer.concat([Buffer.alloc(16), PACKET])],
    ["Linux cooked capture v2", 276, Buffer.concat([Buffer.alloc(20), PACKET])],
  ] as const) {
    it(`is parsed from ${what}, link type ${linkType}`, () => {
      expect(payloadOf(linkType, data)).to.equal("hello")
    })
  }

  it("is parsed from Ethernet with nested VLAN tags", () => {
    const frame = ethernet(PACKET)
    const tags = Buffer.from("88a80001 81000002".replace(" ", ""), "hex")
    expect(payloadOf(1, Buffer.concat([frame.subarray(0, 12), tags, frame.subarray(12)]))).to.equal("hello")
  })

  it("is parsed from IPv6", () => {
    const segment = segmentOf(229, ipv6(SEGMENT))!
    expect(segment.payload.toString()).to.equal("hello")
    expect(segment).to.include({
      source: "[2001:0db8:0000:0000:0000:0000:0000:0001]:40000",
      destination: "[2001:0db8:0000:0000:0000:0000:0000:0002]:5555",
      sequence: 7,
    })
  })

  it("is parsed from IPv6 with hop-by-hop and destination options before TCP", () => {
    // The hop-by-hop options have 8 bytes, and the destination options 16 (RFC 8200, 4.3 and 4.6).
    const [hops, destination] = [Buffer.alloc(8), Buffer.alloc(16)]
    destination[1] = 1
    const extensions = [
      { kind: 0, bytes: hops },
      { kind: 60, bytes: destination },
    ]
    expect(payloadOf(101, ipv6(SEGMENT, extensions))).to.equal("hello")
  })

  it("is parsed to its end if the network card was to fill in the length", () => {
    for (const [packet, at] of [
      [ipv4(SEGMENT), 2],
      [ipv6(SEGMENT), 4],
    ] as const) {
      packet.writeUInt16BE(0, at)
      expect(payloadOf(101, packet)).to.equal("hello")
    }
  })

  const udp = Buffer.from(PACKET)
  udp[9] = 17
  const fragment = Buffer.from(PACKET)
  fragment.writeUInt16BE(0x2000, 6)
  const udp6 = ipv6(SEGMENT)
  udp6[6] = 17
  for (const [what, linkType, data] of [
    ["of an unknown link type", 105, PACKET],
    ["of UDP", 101, udp],
    ["of UDP over IPv6", 101, udp6],
    ["a fragment", 101, fragment],
    ["of a protocol other than IP", 101, Buffer.alloc(64)],
    ["truncated in the IPv4 header", 101, PACKET.subarray(0, 19)],
    ["truncated in the IPv6 header", 101, ipv6(SEGMENT).subarray(0, 39)],
    ["truncated in the TCP header", 101, PACKET.subarray(0, 39)],
    ["truncated in the Ethernet header", 1, ethernet(PACKET).subarray(0, 13)],
  ] as const) {
    it(`is skipped if it is ${what}`, () => {
      expect(segmentOf(linkType, data)).to.equal(undefined)
    })
  }
})
