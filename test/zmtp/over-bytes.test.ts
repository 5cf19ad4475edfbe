import { expect } from "chai"
import type { Engine, EngineOptions } from "../../src/zmtp/engine.js"
import { overBytes, zmtp } from "../../src/zmtp/over-bytes.js"
import { FLAG_MORE } from "../../src/zmtp/frames/frame-decoder.js"
import { factsOf, SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"
import { hex } from "../support/cuts.js"
import { INSECURE } from "../support/insecure.js"
import { GREETING_3_1 } from "../support/vectors.js"

function started(socketType: EngineOptions["socketType"]): Engine {
  const engine = overBytes({
    socketType,
    routingId: Buffer.alloc(0),
    maxMessageSize: -1,
    maxMultipartSize: -1,
    security: INSECURE,
  })
  engine.start()
  return engine
}

/** Types that use connections, which DGRAM does not. */
const TYPES = SOCKET_TYPE_NAMES.filter((type) => factsOf(type).udp !== "only")

describe("overBytes", () => {
  it("begins with the signature of ZMTP for every type except STREAM", () => {
    for (const type of TYPES) {
      const begin = Buffer.concat(started(type).drain())
      expect([type, begin]).to.deep.equal([type, type === "STREAM" ? Buffer.alloc(0) : GREETING_3_1.subarray(0, 10)])
    }
  })

  it("passes bytes unchanged with STREAM", () => {
    const engine = started("STREAM")
    engine.push(hex("ff00000000000000017f"))
    expect([engine.state, engine.read()]).to.deep.equal(["traffic", [hex("ff00000000000000017f")]])
  })
})

describe("the framing of ZMTP over bytes", () => {
  it("encodes frames as in RFC 37, and those of ZMTP 1.0 as in RFC 13", () => {
    const outbox = zmtp.outbox()
    outbox.frame(FLAG_MORE, Buffer.from("a"))
    zmtp.legacy!.write(outbox, true, Buffer.from("a"))
    expect(Buffer.concat(outbox.drain()).toString("hex")).to.equal("010161" + "020161")
  })

  it("decodes them likewise", () => {
    for (const [decoder, bytes] of [
      [zmtp.decoder(undefined), "010161"],
      [zmtp.legacy!.decoder(), "020161"],
    ] as const) {
      decoder.push(hex(bytes))
      expect([decoder.next(), decoder.flags, String(decoder.body)]).to.deep.equal([true, FLAG_MORE, "a"])
    }
  })
})
